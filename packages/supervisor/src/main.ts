import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Logger } from "@agent-sdk/core";
import { AgentSdkError, describeError, systemEnv } from "@agent-sdk/core";
import { takeConfig } from "./config.ts";
import { Supervisor } from "./core/supervisor.ts";
import { confinedFiles } from "./files/index.ts";
import { resolveDirectory } from "./files/resolve-directory.ts";
import { acpRoutes } from "./http/acp-routes.ts";
import { execRoute } from "./http/exec-route.ts";
import { fileRoutes } from "./http/file-routes.ts";
import { Heartbeat } from "./http/heartbeat.ts";
import { requestListener, type Route } from "./http/router.ts";
import { runRoutes } from "./http/run-routes.ts";
import { addressOf, listen } from "./http/server.ts";
import { agentLauncher } from "./process/agent-launcher.ts";
import { processTable } from "./process/process-table.ts";
import { ProcessTree } from "./process/process-tree.ts";
import { fileStorage, writeFileAtomically } from "./storage/file-storage.ts";
import type { SupervisorReady } from "./wire.ts";

/** Put in by the bundler. */
declare const supervisorVersion: string;

const stopGraceMs = 2_000;

/** One JSON line per event on standard error. Nothing that is logged holds a secret. */
function standardErrorLogger(): Logger {
  const write = (level: string) => (fields: object, message: string) => void process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
  return { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };
}

/** Whoever started this process may be gone, and with it the readers of its output: that must not end it. */
function outliveParent(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("SIGHUP", () => undefined);
}

/** With its parents. Not by mkdir's own option, which never returns where a file system answers ENOENT in a directory that is there, as /proc does. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
}

function makeRoot(root: string): void {
  try {
    makeDirectory(root);
  } catch (cause) {
    throw new AgentSdkError("bad_request", `The working directory ${root} is not there and cannot be made by the sandbox's user.`, { cause });
  }
}

async function main(): Promise<void> {
  outliveParent();
  const config = takeConfig(process.env);
  Object.assign(process.env, config.env);
  if (config.makesRoot) makeRoot(config.root);
  const log = standardErrorLogger();
  const env = systemEnv({ log });
  const instanceId = env.random.uuid();
  const table = processTable();
  const launcher = agentLauncher(table, process.env);
  const supervisor = await Supervisor.open({ env, launcher, storage: fileStorage(config.stateDirectory), journalBytes: config.journalBytes, version: supervisorVersion, instanceId });
  const heartbeat = new Heartbeat(env);
  const stopping = new AbortController();
  const routes: Route[] = [
    ...runRoutes(supervisor, heartbeat),
    ...acpRoutes(supervisor, heartbeat),
    ...fileRoutes(confinedFiles(config.root)),
    execRoute({ table, environment: process.env, resolveDirectory: (path) => resolveDirectory(config.root, path), marker: () => `${instanceId}.${env.random.token(16)}`, signal: stopping.signal }),
  ];
  const server = await listen(requestListener(routes, config.token, log), config.listen);
  if ("socket" in config.listen) chmodSync(config.listen.socket, 0o600);

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await supervisor.stopAll(stopGraceMs);
    // What commands left in the background bears this instance's name in its marker.
    await new ProcessTree(table, null, `${instanceId}.`).kill(0);
    server.close();
    server.closeAllConnections();
  };
  const onSignal = (): void => {
    stopped ??= stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: describeError(error) }, "Stopping failed.");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  const ready = JSON.stringify({ ...addressOf(server), pid: process.pid, instanceId } satisfies SupervisorReady);
  if (config.readyFile) writeFileAtomically(config.readyFile, ready);
  process.stdout.write(`${ready}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${JSON.stringify({ level: "error", message: `The supervisor cannot start: ${describeError(error)}` })}\n`);
  process.exitCode = 1;
});
