import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bubblewrapMissing, localFixture, type LocalFixture } from "./fixture.ts";

interface Server extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resolves when it has printed a line that begins so. */
  said(beginning: string): Promise<void>;
  /** SIGKILL to its whole process group, as a terminal or a service manager may do it. */
  kill(): Promise<void>;
}

function startServer(fixture: LocalFixture, isolation: string, sandboxId: string): Server {
  const script = join(import.meta.dirname, "create-in-child.ts");
  const child = spawn(process.execPath, ["--conditions=@agent-sdk/source", script, fixture.home, isolation, sandboxId], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on("line", (line) => void lines.push(line));
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await exited;
    reader.close();
  };
  const said = async (beginning: string): Promise<void> => {
    await expect.poll(() => lines.some((line) => line.startsWith(beginning)), { timeout: 20_000, interval: 2 }).toBe(true);
  };
  return { process: child, said, kill, [Symbol.asyncDispose]: kill };
}

describe.each(["process", "namespace"] as const)("a server's death, isolation %s", { timeout: 60_000 }, (isolation) => {
  const missing = isolation === "namespace" ? bubblewrapMissing() : undefined;

  it.skipIf(missing !== undefined)(`leaves the sandbox alive for the next one${missing ? ` (skipped: ${missing})` : ""}`, async () => {
    await using fixture = await localFixture({ isolation });
    const sandboxId = randomUUID();
    await using server = startServer(fixture, isolation, sandboxId);
    await server.said("created");
    await server.kill();
    expect(await fixture.provider.status(sandboxId)).toBe("running");
    const sandbox = await fixture.provider.attach(sandboxId, { supervisorToken: "token" });
    await using client = fixture.transport.connect(sandbox.endpoint);
    expect(await client.exec({ command: "echo alive", timeoutMs: 10_000 })).toMatchObject({ stdout: "alive\n", exitCode: 0 });
    await fixture.provider.destroy(sandboxId);
    expect(await fixture.leftovers()).toEqual([]);
  });

  it.skipIf(missing !== undefined)("in the middle of creating leaves what can be listed and destroyed, at whatever moment", async () => {
    for (let moment = 0; moment < 90; moment += 10) {
      await using fixture = await localFixture({ isolation });
      const sandboxId = randomUUID();
      await using server = startServer(fixture, isolation, sandboxId);
      await server.said("creating");
      await delay(moment + Math.random() * 10);
      await server.kill();
      for await (const { ref, status, labels } of fixture.provider.list({ origin: "child" })) {
        expect(labels.sandboxId).toBe(sandboxId);
        expect(["running", "missing"], `killed after ${moment} ms`).toContain(status);
        await fixture.provider.destroy(ref);
      }
      const left = await fixture.leftovers();
      // What was killed before its first rename is a directory that nothing ever ran in; it is cleared away later.
      expect(left.filter((line) => !/directory .*\/\.making-[^/]*$/.test(line)), `killed after ${moment} ms`).toEqual([]);
    }
  });
});
