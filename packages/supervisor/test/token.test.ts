import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { supervisorBundlePath, supervisorVariables } from "../src/index.ts";
import { startSupervisor, token } from "./harness.ts";

test("a token that came by a descriptor is in no environment and no argument", async () => {
  await using supervisor = await startSupervisor();
  const { pid } = supervisor.ready;
  for (const name of ["environ", "cmdline"]) expect(readFileSync(`/proc/${pid}/${name}`, "latin1")).not.toContain(token);
  const { stdout } = await supervisor.client.exec({ command: `cat /proc/${pid}/environ /proc/self/environ`, timeoutMs: 5000 });
  expect(stdout).toContain(`${supervisorVariables.state}=`);
  expect(stdout).not.toContain(token);
});

test("the descriptor is closed before anything is started", async () => {
  await using supervisor = await startSupervisor();
  const { client, process: child } = supervisor;
  // Its end is seen only when no process has the other one open.
  const ours = child.stdio[3] as Duplex;
  if (!ours.closed) await once(ours.resume(), "close");
  expect(await client.exec({ command: "true", timeoutMs: 5000 })).toMatchObject({ exitCode: 0 });
});

test.each([
  ["empty", "", "No token came"],
  ["endless", "x".repeat(10_000), "more than 4096 bytes"],
])("an %s token ends it at its start", (_name, input, words) => {
  const env = { [supervisorVariables.tokenDescriptor]: "3", [supervisorVariables.listen]: "tcp:127.0.0.1:0", [supervisorVariables.state]: "/nonexistent", [supervisorVariables.root]: "/" };
  const result = spawnSync("/bin/sh", ["-c", 'exec "$0" "$1" 3<&0', process.execPath, supervisorBundlePath], { env, input, encoding: "utf8" });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain(words);
  expect(result.stderr).not.toContain("xxx");
});
