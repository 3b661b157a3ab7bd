// A server that makes a sandbox, says so, and then does nothing until it is killed.
import { systemEnv } from "@agent-sdk/core";
import { supervisorTransport } from "@agent-sdk/supervisor/client";
import { unixLocalProvider, type IsolationMode } from "../src/index.ts";

const [home = "", isolation = "process", sandboxId = ""] = process.argv.slice(2);
const env = systemEnv();
const provider = unixLocalProvider({ home, isolation: isolation as IsolationMode, env, transport: supervisorTransport(env) });
const volume = await provider.volumes.create("contract");
process.stdout.write("creating\n");
const sandbox = await provider.create({
  labels: { origin: "child", sandboxId, sessionId: "session" },
  recipe: { provider: "unix_local" },
  home: { volumeRef: volume.ref, subpath: "agents/first/home" },
  cwd: null,
  env: {},
  supervisorToken: "token",
});
process.stdout.write(`created ${sandbox.ref}\n`);
setInterval(() => undefined, 1_000);
