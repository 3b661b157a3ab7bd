#!/usr/bin/env node
import { processTerminal } from "./process-terminal.ts";
import { runCommandLine } from "./program.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
// What was interrupted may still hold the process: a connection that is being opened, a standard input that nobody closes.
process.exit();
