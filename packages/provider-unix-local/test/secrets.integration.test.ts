import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sandbox, SandboxSpec } from "@agent-sdk/core";
import { bubblewrapMissing, localFixture, type LocalFixture } from "./fixture.ts";

const secret = "correct-horse-battery-staple";

async function createWith(fixture: LocalFixture, changes: Partial<SandboxSpec>): Promise<Sandbox> {
  const { ref } = await fixture.provider.volumes.create("contract");
  const labels = { origin: "test", sandboxId: randomUUID(), sessionId: "session" };
  const spec = { labels, recipe: fixture.recipe, home: { volumeRef: ref, subpath: "home" }, cwd: null, env: {}, supervisorToken: secret };
  return fixture.provider.create({ ...spec, ...changes });
}

function everyCommandLine(): string {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1");
    } catch {
      return "";
    }
  }).join("\n");
}

describe.each(["process", "namespace"] as const)("secrets, isolation %s", (isolation) => {
  const missing = isolation === "namespace" ? bubblewrapMissing() : undefined;

  it.skipIf(missing !== undefined)("are in no process's arguments and in no file of the sandbox's directory", async () => {
    await using fixture = await localFixture({ isolation });
    const sandbox = await createWith(fixture, { env: { API_KEY: secret } });
    try {
      await using client = fixture.transport.connect(sandbox.endpoint);
      expect(await client.exec({ command: 'printf %s "$API_KEY"', timeoutMs: 10_000 })).toMatchObject({ stdout: secret });
      expect(everyCommandLine()).not.toContain(secret);
      const directory = join(fixture.home, "sandboxes", sandbox.ref);
      for (const name of ["sandbox.json", "supervisor.log", "passwd"]) expect(await readFile(join(directory, name), "utf8"), name).not.toContain(secret);
    } finally {
      await fixture.provider.destroy(sandbox.ref);
    }
  });
});

const missing = bubblewrapMissing();
describe.skipIf(missing !== undefined)(`namespaces${missing ? ` (skipped: ${missing})` : ""}`, () => {
  it("let no variable of the session reach bubblewrap itself, which runs outside of them", async () => {
    await using fixture = await localFixture({ isolation: "namespace" });
    const sandbox = await createWith(fixture, { env: { LD_LIBRARY_PATH: "/nowhere", SESSION_VARIABLE: secret } });
    try {
      const environments = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
        try {
          return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "bwrap" ? [readFileSync(`/proc/${pid}/environ`, "utf8")] : [];
        } catch {
          return [];
        }
      });
      const ours = environments.filter((environment) => environment.includes(sandbox.ref));
      expect(ours.length).toBeGreaterThan(0);
      for (const environment of ours) expect(environment).toBe(`AGENT_SDK_SANDBOX_ID=${sandbox.ref}\0`);
    } finally {
      await fixture.provider.destroy(sandbox.ref);
    }
  });

  it("leave the token's descriptor open in none of bubblewrap's processes", async () => {
    await using fixture = await localFixture({ isolation: "namespace" });
    const sandbox = await createWith(fixture, {});
    try {
      await using client = fixture.transport.connect(sandbox.endpoint);
      const { stdout } = await client.exec({ command: "cat /proc/1/comm; readlink /proc/1/fd/*", timeoutMs: 10_000 });
      expect(stdout).toMatch(/^bwrap\n/);
      expect(stdout).not.toContain("socket:");
    } finally {
      await fixture.provider.destroy(sandbox.ref);
    }
  });

  it("show the sandbox nothing of the server's word about it", async () => {
    await using fixture = await localFixture({ isolation: "namespace" });
    const sandbox = await createWith(fixture, {});
    try {
      await using client = fixture.transport.connect(sandbox.endpoint);
      const directory = join(fixture.home, "sandboxes", sandbox.ref);
      const { stdout } = await client.exec({ command: `ls ${directory}; ls ${fixture.home}; ls -A /root /home 2>/dev/null`, timeoutMs: 10_000 });
      expect(stdout.split("\n").filter((line) => line !== "").toSorted()).toEqual(["run", "runtimes", "sandboxes", "volumes"]);
      const marker = await readFile(join(directory, "sandbox.json"), "utf8");
      // Where this lies in the sandbox's private /tmp the write may succeed; it must not be the server's file that it hits.
      await client.exec({ command: `echo x > ${directory}/sandbox.json`, timeoutMs: 10_000 });
      expect(await readFile(join(directory, "sandbox.json"), "utf8")).toBe(marker);
    } finally {
      await fixture.provider.destroy(sandbox.ref);
    }
  });

  it("refuse a working directory outside of HOME, which plain processes may have", async () => {
    await using strict = await localFixture({ isolation: "namespace" });
    await using plain = await localFixture({ isolation: "process" });
    const outside = join(plain.home, "project");
    await mkdir(outside, { recursive: true });
    await expect(createWith(strict, { cwd: outside })).rejects.toMatchObject({ code: "bad_request" });
    const sandbox = await createWith(plain, { cwd: outside });
    expect(sandbox.paths.root).toBe(outside);
    await plain.provider.destroy(sandbox.ref);
  });
});
