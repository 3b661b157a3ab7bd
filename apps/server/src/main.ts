#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { describeError, type Logger } from "@agent-sdk/core";
import { readConfig } from "./config.ts";
import { createLogger } from "./logger.ts";
import { runServer, type RunningServer } from "./run-server.ts";

/** Beyond the grace period, for what does not keep to it. */
const lastResortMs = 3000;

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;
}

/** The first signal ends the server in order, with exit code 0; the second at once. */
function stopOnSignals(server: RunningServer, log: Logger, graceMs: number): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.error({}, "stopping took too long");
      process.exit(1);
    }, graceMs + lastResortMs).unref();
    server.stop().then(
      () => {
        log.info({}, "stopped");
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ error: describeError(error) }, "stopping failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger({ level: config.logLevel });
  process.on("uncaughtExceptionMonitor", (error) => log.error({ stack: error.stack }, "the server ends by an error that nobody caught"));
  const server = await runServer(config, { log, version: readVersion(), environment: process.env });
  stopOnSignals(server, log, config.shutdownGraceMs);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${describeError(error)}\n`);
  process.exit(1);
}
