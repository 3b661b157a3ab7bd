import { describe, expect, it } from "vitest";
import type { Sandbox } from "../sandbox-provider.ts";
import { type Bench, openBench, type SandboxProviderContract } from "./sandbox-provider-fixture.ts";

/**
 * Reads what /proc shows of every process, looks for the text that came by the standard input, and says where it was found and how much was read.
 * Only regular files behind descriptors are opened: reading a pipe would take what is meant for another.
 */
const searchProc = `
  const { readdirSync, readFileSync, statSync } = require("node:fs");
  const wanted = readFileSync(0);
  const names = ["environ", "cmdline", "comm", "status", "stat", "maps", "mountinfo", "cgroup", "limits"];
  const list = (path) => { try { return readdirSync(path); } catch { return []; } };
  const read = (path) => { try { return readFileSync(path); } catch { return undefined; } };
  const isSmallFile = (path) => { try { const found = statSync(path); return found.isFile() && found.size < 1e6; } catch { return false; } };
  const found = [];
  const count = { environ: 0, cmdline: 0 };
  for (const pid of list("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    const descriptors = list("/proc/" + pid + "/fd").map((name) => "fd/" + name).filter((name) => isSmallFile("/proc/" + pid + "/" + name));
    for (const name of [...names, ...descriptors]) {
      const content = read("/proc/" + pid + "/" + name);
      if (content === undefined) continue;
      if (name in count) count[name] += 1;
      if (content.includes(wanted)) found.push("/proc/" + pid + "/" + name);
    }
  }
  process.stdout.write(JSON.stringify({ found, count }));
`;

interface Search {
  readonly found: readonly string[];
  readonly count: { readonly environ: number; readonly cmdline: number };
}

/** The text goes in by the standard input: as an argument or a variable the search would find itself. */
async function search(bench: Bench, sandbox: Sandbox, text: string): Promise<Search> {
  await using client = bench.connect(sandbox);
  const { stdout, stderr } = await client.exec({ command: `exec "$NODE" -e "$SEARCH"`, env: { NODE: sandbox.paths.node, SEARCH: searchProc }, stdin: text, timeoutMs: 20_000 });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Search;
}

export function describeSandboxSecrets(contract: SandboxProviderContract): void {
  describe("secrets", () => {
    it("shows a command inside the supervisor's token nowhere in /proc", async () => {
      await using bench = await openBench(contract);
      // Nobody else's: at some levels the processes of the whole machine are seen.
      const supervisorToken = crypto.randomUUID();
      const visible = crypto.randomUUID();
      const sandbox = await bench.create({ supervisorToken, env: { VISIBLE: visible } });
      const { found, count } = await search(bench, sandbox, supervisorToken);
      expect(found).toEqual([]);
      expect(count.environ).toBeGreaterThan(0);
      expect(count.cmdline).toBeGreaterThan(0);
      // The search finds what is there.
      expect((await search(bench, sandbox, visible)).found).toContainEqual(expect.stringMatching(/\/environ$/));
    });
  });
}
