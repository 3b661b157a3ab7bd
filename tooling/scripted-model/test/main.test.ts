import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/scripted-model.mjs", import.meta.url));

test("runs as a process: says its address when ready, logs without bodies, ends by SIGTERM", async () => {
  const child = spawn(process.execPath, ["--conditions=@agent-sdk/source", bin, "--log"], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (log += chunk));
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { url, pid } = JSON.parse(line) as { url: string; pid: number };
    expect(pid).toBe(child.pid);
    expect((await fetch(`${url}/v1/models`, { headers: { "x-api-key": "secret" } })).status).toBe(200);
    await expect.poll(() => log).toContain('"path":"/v1/models"');
    expect(log).not.toContain("secret");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
