import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemEnv } from "@agent-sdk/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { supervisorTransport } from "../src/client/index.ts";
import { supervisorBundlePath, type SupervisorReady, supervisorVariables } from "../src/index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-sdk-handover-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Outcome {
  readonly ready: SupervisorReady | null;
  readonly errors: string;
  /** What a command inside says. */
  say(command: string, token: string): Promise<string>;
  end(): Promise<void>;
}

/** A supervisor that was given `input` by its standard input. */
async function start(input: string, environment: Record<string, string> = {}): Promise<Outcome> {
  const env = {
    PATH: process.env["PATH"],
    [supervisorVariables.handover]: "stdin",
    [supervisorVariables.listen]: "tcp:127.0.0.1:0",
    [supervisorVariables.state]: join(directory, "state"),
    [supervisorVariables.root]: join(directory, "made", "root"),
    ...environment,
  };
  const child = spawn(process.execPath, [supervisorBundlePath], { env, stdio: "pipe" });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exited = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  child.stdin.end(input);
  const line = await new Promise<string | null>((resolve) => void createInterface({ input: child.stdout }).once("line", resolve).once("close", () => resolve(null)));
  if (line === null) await exited;
  const ready = line === null ? null : (JSON.parse(line) as SupervisorReady);
  return {
    ready,
    errors,
    async say(command, token) {
      await using client = supervisorTransport(systemEnv()).connect({ url: `http://127.0.0.1:${ready?.port}`, token });
      return (await client.exec({ command, timeoutMs: 10_000 })).stdout;
    },
    async end() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

describe("a handover by the standard input", { timeout: 30_000 }, () => {
  it("brings the token and variables, which show in no environment that a process was started with", async () => {
    const supervisor = await start(JSON.stringify({ token: "the-token", env: { GREETING: "two words\n\"ü\"" } }));
    try {
      expect(await supervisor.say('printf %s "$GREETING"; pwd', "the-token")).toBe(`two words\n"ü"${join(directory, "made", "root")}\n`);
      const environ = await readFile(`/proc/${supervisor.ready?.pid}/environ`, "latin1");
      expect(environ).toContain(supervisorVariables.handover);
      expect(environ).not.toContain("the-token");
      expect(environ).not.toContain("GREETING");
      expect(await supervisor.say("env", "the-token")).not.toContain("AGENT_SDK_SUPERVISOR_");
    } finally {
      await supervisor.end();
    }
  });

  it("needs only the token when it is started again, and keeps the variables for its user alone", async () => {
    await (await start(JSON.stringify({ token: "first", env: { GREETING: "hello" } }))).end();
    expect((await stat(join(directory, "state", "environment.json"))).mode & 0o777).toBe(0o600);
    const again = await start(JSON.stringify({ token: "second" }));
    try {
      expect(await again.say('printf %s "$GREETING"', "second")).toBe("hello");
    } finally {
      await again.end();
    }
  });

  it.each([
    ["nothing", "", {}, "not JSON"],
    ["no token", '{"env":{}}', {}, "No token"],
    ["variables that are no texts", '{"token":"secret","env":{"A":1}}', {}, "not texts by name"],
    ["two ways for the token", '{"token":"secret"}', { AGENT_SDK_SUPERVISOR_TOKEN: "secret" }, "together with another way"],
    ["a directory that cannot be made", '{"token":"secret"}', { AGENT_SDK_SUPERVISOR_ROOT: "/proc/none" }, "/proc/none is not there and cannot be made"],
  ])("of %s ends it at its start, in words without a secret", async (_what, input, environment, words) => {
    const supervisor = await start(input, environment);
    expect(supervisor.ready).toBeNull();
    expect(supervisor.errors).toContain(words);
    expect(supervisor.errors).not.toContain("secret");
  });
});
