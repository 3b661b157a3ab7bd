import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv } from "@agent-sdk/core";
import { expect, test } from "vitest";
import { supervisorTransport } from "../src/client/index.ts";
import { supervisorBundlePath, type SupervisorReady, supervisorVariables } from "../src/index.ts";
import { answers, collect, isRunning, prompt, startRun, startSupervisor, textOf, token } from "./harness.ts";

const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

/** The state directory on a small disk of its own. */
function onSmallDisk(state: string): readonly string[] {
  return ["unshare", "-rm", "sh", "-c", 'mkdir -p "$0" && mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"', state];
}

test.skipIf(!canMount)("on a full disk new requests are refused, nothing is lost and nothing crashes (needs unshare -rm)", async () => {
  await using supervisor = await startSupervisor({ wrapper: onSmallDisk });
  const { client, directory } = supervisor;
  await startRun(client);
  const fill = join(directory, "state", "fill");
  await client.exec({ command: `head -c 3800000 /dev/zero > ${fill}`, timeoutMs: 5000 });
  await prompt(client, "flood 10000 50");
  const reading = collect(client, { isLast: answers("prompt") });
  await expect.poll(() => prompt(client, "echo", "refused").then(() => null, (error: unknown) => error), { timeout: 5000 }).toMatchObject({ code: "sandbox_failed", details: { kind: "storage_full" } });
  const { lastPosition } = await client.agentStatus("run");
  expect(lastPosition).toBeLessThan(10_000);
  // A takeover works all the same.
  expect(await client.fence({ generation: 2 })).toMatchObject({ generation: 2 });
  await client.exec({ command: `rm ${fill}`, timeoutMs: 5000 });
  const records = await reading.then((all) => all.flatMap((record) => (/^\d/.test(textOf(record) ?? "") ? [Number.parseInt(textOf(record)!, 10)] : [])));
  expect(records.slice(0, lastPosition - 3)).toEqual(Array.from({ length: lastPosition - 3 }, (_, index) => index + 1));
  expect(records).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
}, 20_000);

test("it outlives its parent and closed output, its token in the environment", async () => {
  const directory = await mkdtemp(join(tmpdir(), "agent-sdk-orphan-"));
  const readyFile = join(directory, "ready.json");
  const env = {
    PATH: process.env["PATH"],
    [supervisorVariables.token]: token,
    [supervisorVariables.listen]: `unix:${directory}/s.sock`,
    [supervisorVariables.state]: join(directory, "state"),
    [supervisorVariables.root]: directory,
    [supervisorVariables.readyFile]: readyFile,
  };
  // The shell ends at once; its output's reader, this process, goes away as well.
  const parent = spawn("sh", ["-c", '"$0" "$1" &', process.execPath, supervisorBundlePath], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  parent.stdout.destroy();
  parent.stderr.destroy();
  await once(parent, "exit");
  await expect.poll(() => readFile(readyFile, "utf8").catch(() => "")).not.toBe("");
  const ready = JSON.parse(await readFile(readyFile, "utf8")) as SupervisorReady;
  await using client = supervisorTransport(systemEnv()).connect({ url: "http://supervisor", socketPath: ready.socket, token });
  await startRun(client);
  await prompt(client, "raw this is no message, so it is complained about");
  await prompt(client, "flood 1000", "again");
  expect(await collect(client, { isLast: answers("again") })).toHaveLength(1005);
  process.kill(-parent.pid!, "SIGHUP");
  expect((await client.health()).instanceId).toBe(ready.instanceId);
  process.kill(ready.pid, "SIGTERM");
  await expect.poll(() => isRunning(ready.pid)).toBe(false);
  await rm(directory, { recursive: true });
});

test("what is no message is kept out of the journal and shown as standard error", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  for (const text of ["plain words", "[1,2]", "3", '{"cut":']) await prompt(client, `raw ${text}`, text);
  await prompt(client, "echo", "end");
  const records = await collect(client, { after: 3, isLast: answers("end") });
  expect(records).toHaveLength(5);
  expect((await client.agentStatus("run")).stderrTail).toEqual(["[stdout] plain words", "[stdout] [1,2]", "[stdout] 3", '[stdout] {"cut":']);
});

test.each([
  [{ [supervisorVariables.token]: "" }, supervisorVariables.token],
  [{ [supervisorVariables.tokenDescriptor]: "3" }, supervisorVariables.tokenDescriptor],
  [{ [supervisorVariables.token]: "", [supervisorVariables.tokenDescriptor]: "0" }, supervisorVariables.tokenDescriptor],
  [{ [supervisorVariables.token]: "", [supervisorVariables.tokenDescriptor]: "999" }, supervisorVariables.tokenDescriptor],
  [{ [supervisorVariables.listen]: "somewhere" }, supervisorVariables.listen],
  [{ [supervisorVariables.journalBytes]: "many" }, supervisorVariables.journalBytes],
])("a wrong setting ends it with a sentence that names it", (wrong, name) => {
  const env = { [supervisorVariables.token]: "secret-token", [supervisorVariables.listen]: "tcp:127.0.0.1:0", [supervisorVariables.state]: "/nonexistent", [supervisorVariables.root]: "/", ...wrong };
  const result = spawnSync(process.execPath, [supervisorBundlePath], { env, encoding: "utf8" });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain(name);
  expect(result.stderr).not.toContain("secret-token");
});

test("bad input is refused with what is wrong about it", async () => {
  await using supervisor = await startSupervisor();
  const { endpoint } = supervisor;
  const call = async (method: string, path: string, body?: string): Promise<string> => {
    const headers = { "x-agent-sdk-token": endpoint.token, "x-agent-sdk-generation": "1" };
    const response = await fetch(`${endpoint.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return `${response.status} ${((await response.json()) as { code: string }).code}`;
  };
  expect(await call("PUT", "/v1/runs/..", "{}")).toBe("404 not_found");
  expect(await call("PUT", "/v1/runs/%2e%2e%2fx", "{}")).toBe("400 bad_request");
  expect(await call("PUT", "/v1/runs/x", "[]")).toBe("400 bad_request");
  expect(await call("PUT", "/v1/runs/x", "{")).toBe("400 bad_request");
  expect(await call("PUT", "/v1/runs/x", '{"command":1,"args":[],"cwd":"/"}')).toBe("400 bad_request");
  expect(await call("PUT", "/v1/runs/x", '{"command":"a\\u0000","args":[],"cwd":"/"}')).toBe("400 bad_request");
  expect(await call("POST", "/v1/exec", '{"command":"true","timeoutMs":-1}')).toBe("400 bad_request");
  expect(await call("GET", "/v1/files/read")).toBe("400 bad_request");
  expect(await call("GET", "/v1/runs/x/journal?after=-1")).toBe("404 not_found");
  expect(await call("GET", "/v1/nothing")).toBe("404 not_found");
  expect(await call("DELETE", "/v1/health")).toBe("501 not_supported");
  expect(await call("GET", "/v1/runs/%E0%A4%A")).toBe("400 bad_request");
});
