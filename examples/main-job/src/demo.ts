import { randomInt } from "node:crypto";
import { HostProcess } from "./host-process.ts";
import { type DemoOptions, parseOptions, usage } from "./options.ts";
import { promptsFor } from "./prompts.ts";
import { firstTurn, secondTurn } from "./steps.ts";
import { say } from "./terminal.ts";

const interrupted = new AbortController();

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function mainJob(options: DemoOptions, host: HostProcess): Promise<void> {
  say("starting the server, on an embedded database in a new directory");
  const signal = AbortSignal.any([interrupted.signal, host.failed]);
  const { url, audience, description } = await host.ready;
  signal.throwIfAborted();
  say(`server ready: ${url}`);
  say(description);
  const codeWord = `heron-${randomInt(10_000, 100_000)}`;
  const prompts = promptsFor(audience, codeWord, options.prompt);
  const sessionId = await firstTurn(options, prompts, { url, signal });
  say("the first process is done with the session; its sandbox is released");
  await secondTurn(sessionId, prompts, codeWord, { url, signal });
  say(`the agent recalled the first prompt: it knows the code word ${codeWord}`);
}

async function showTroubles(host: HostProcess): Promise<void> {
  const lines = await host.troubles();
  if (lines.length > 0) console.error(`\nFrom the server's log:\n${lines.join("\n")}\n`);
}

async function end(options: DemoOptions, host: HostProcess, succeeded: boolean): Promise<void> {
  if (options.keep && succeeded) {
    const { url } = await host.ready;
    await host.keep();
    say(`the server stays: ${url}`);
    return say(`it ends, and its data goes, with: kill ${host.pid}`);
  }
  await host.stop();
  say("server, sandboxes and data are gone");
}

/** Runs the demo; answers the exit code. */
async function run(options: DemoOptions): Promise<number> {
  const host = await HostProcess.start(options.agent);
  let failure: string | null = null;
  try {
    await mainJob(options, host);
  } catch (error) {
    failure = interrupted.signal.aborted ? "interrupted" : sentence(error);
    if (!interrupted.signal.aborted) await showTroubles(host);
  }
  try {
    await end(options, host, failure === null);
  } catch (error) {
    failure ??= sentence(error);
  }
  if (failure === null) say("done: everything above was checked");
  else console.error(`error: ${failure}`);
  return failure === null ? 0 : 1;
}

function readOptions(): DemoOptions | null | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`error: ${sentence(error)}\n\n${usage}`);
    return undefined;
  }
}

const options = readOptions();
if (options === undefined) {
  process.exitCode = 2;
} else if (options === null) {
  console.log(usage);
} else {
  // A second signal ends the demo at once; the process that holds the server notices and still cleans up.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  process.exitCode = await run(options);
}
