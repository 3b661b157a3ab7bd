import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { openStore } from "../src/index.ts";

const env = systemEnv();

interface Writer extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly directory: string;
  /** The newest number that was acknowledged. */
  acknowledged(): number;
  until(number: number): Promise<void>;
  kill(): Promise<void>;
}

/** Another process that has a directory open and writes to it. */
async function startWriter(): Promise<Writer> {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-data-"));
  const script = join(import.meta.dirname, "support", "pglite-child.ts");
  const child = spawn(process.execPath, ["--conditions=@agent-sdk/source", script, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  let newest = 0;
  lines.on("line", (line) => {
    newest = Number(line) || newest;
  });
  await once(lines, "line");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    child,
    directory,
    kill,
    acknowledged: () => newest,
    async until(number) {
      while (newest < number) await once(lines, "line");
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}

describe("a data directory", () => {
  it("is refused to a second process while the first lives, with a sentence that names it", async () => {
    await using writer = await startWriter();
    const refusal = await openStore({ dataDirectory: writer.directory }, { env }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "conflict", message: expect.stringContaining(`the process ${writer.child.pid}`) });
    const before = writer.acknowledged();
    await writer.until(before + 10);
  }, 60_000);

  it("opens again after kill -9, with everything that was acknowledged", async () => {
    await using writer = await startWriter();
    for (const goal of [100, 150]) await writer.until(goal);
    await writer.kill();
    await using opened = await openStore({ dataDirectory: writer.directory }, { env });
    await opened.store.migrate();
    const events = await opened.store.events.read("s1", { after: 0, limit: 1_000_000 });
    expect(events.length).toBeGreaterThanOrEqual(writer.acknowledged());
    expect(events.map((event) => [event.seq, event.message])).toEqual(events.map((_, index) => [index + 1, String(index + 1)]));
  }, 60_000);

  it("is refused to a second store of this process too, and free again once the first is closed", async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "agent-sdk-data-"));
    const first = await openStore({ dataDirectory }, { env });
    await expect(openStore({ dataDirectory }, { env })).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(`the process ${process.pid}`) });
    await first.store.ping();
    await first[Symbol.asyncDispose]();
    await expect(first.store.ping()).rejects.toMatchObject({ code: "unavailable" });
    const second = await openStore({ dataDirectory }, { env });
    await second.store.ping();
    await second[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true });
  }, 60_000);
});
