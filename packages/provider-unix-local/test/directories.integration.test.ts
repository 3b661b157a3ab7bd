import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Logger, Sandbox } from "@agent-sdk/core";
import { localFixture, type LocalFixture } from "./fixture.ts";

async function create(fixture: LocalFixture): Promise<Sandbox> {
  const { ref } = await fixture.provider.volumes.create("contract");
  const labels = { origin: "test", sandboxId: randomUUID(), sessionId: "session" };
  return fixture.provider.create({ labels, recipe: fixture.recipe, home: { volumeRef: ref, subpath: "home" }, cwd: null, env: {}, supervisorToken: "token" });
}

const sandboxDirectory = (fixture: LocalFixture, sandbox: Sandbox): string => join(fixture.home, "sandboxes", sandbox.ref);

describe("a sandbox's directory", () => {
  it("may be deeper than a socket's address can be", async () => {
    await using fixture = await localFixture({ isolation: "process", suffix: "deep/".repeat(25) });
    const sandbox = await create(fixture);
    const socketDirectory = dirname(sandbox.endpoint.socketPath ?? "");
    expect(socketDirectory.startsWith(fixture.home)).toBe(false);
    await using client = fixture.transport.connect(sandbox.endpoint);
    expect(await client.exec({ command: "echo alive", timeoutMs: 10_000 })).toMatchObject({ exitCode: 0 });
    await fixture.provider.destroy(sandbox.ref);
    await expect(readdir(socketDirectory)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is destroyed with its processes when its marker cannot be read", async () => {
    const warnings: string[] = [];
    const log: Logger = { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} };
    await using fixture = await localFixture({ isolation: "process", log });
    const sandbox = await create(fixture);
    await writeFile(join(sandboxDirectory(fixture, sandbox), "sandbox.json"), "{ half a mark");
    expect(await fixture.provider.status(sandbox.ref)).toBe("unknown");
    expect(warnings).toEqual(["A sandbox's marker cannot be read."]);
    await fixture.provider.destroy(sandbox.ref);
    expect(await fixture.leftovers()).toEqual([]);
  });

  it("keeps the log below its limit at every attach", async () => {
    await using fixture = await localFixture({ isolation: "process" });
    const sandbox = await create(fixture);
    const path = join(sandboxDirectory(fixture, sandbox), "supervisor.log");
    await truncate(path, 5_000_000);
    await fixture.provider.attach(sandbox.ref, { supervisorToken: "token" });
    expect(await readFile(path, "utf8")).toBe("");
    await fixture.provider.destroy(sandbox.ref);
  });

  it("is cleared of what a crash left long ago, and of nothing else", async () => {
    await using fixture = await localFixture({ isolation: "process" });
    const sandboxes = join(fixture.home, "sandboxes");
    for (const name of [".making-old", ".gone-old", ".making-new", "foreign thing"]) await mkdir(join(sandboxes, name), { recursive: true });
    for (const name of [".making-old", ".gone-old", "foreign thing"]) await utimes(join(sandboxes, name), 1, 1);
    for await (const summary of fixture.provider.list({ origin: "test" })) expect(summary).toBeUndefined();
    expect((await readdir(sandboxes)).toSorted()).toEqual([".making-new", "foreign thing"]);
  });
});
