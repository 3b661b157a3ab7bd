#!/usr/bin/env node
// Runs the built server; with `node --conditions=@agent-sdk/source` the sources.
import "@agent-sdk/scripted-model/main";
