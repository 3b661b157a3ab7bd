import { describe, expect, it } from "vitest";
import type { JournalRecord, SupervisorClient } from "../supervisor.ts";
import { openBench, type SandboxProviderContract } from "./sandbox-provider-fixture.ts";

/** Answers each request with what it was sent, and says its name first. */
const echoAgent = `
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
  say({ method: "hello", params: { name: process.env.AGENT_NAME, cwd: process.cwd() } });
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, params } = JSON.parse(line);
    say({ id, result: params });
  });
`;

/** The run's first records, as many as are asked for. */
async function firstRecords(client: SupervisorClient, runId: string, count: number): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const batch of client.journal(runId, { after: 0, signal: AbortSignal.timeout(15_000) })) {
    records.push(...batch);
    if (records.length >= count) break;
  }
  return records.slice(0, count);
}

const parsed = (records: readonly JournalRecord[]): unknown[] => records.map(({ message }) => JSON.parse(message) as unknown);
const isolates = ({ capabilities }: SandboxProviderContract): boolean => ["namespace", "container", "vm"].includes(capabilities.isolation);

export function describeSandboxInside(contract: SandboxProviderContract): void {
  describe("inside", () => {
    it("starts an agent, hands messages to it and journals what it says", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ cwd: "work" });
      await using client = bench.connect(sandbox);
      const launch = { command: sandbox.paths.node, args: ["-e", echoAgent], env: { AGENT_NAME: "echo" }, cwd: sandbox.paths.root };
      const status = await client.startAgent("run-1", launch, { generation: 1 });
      expect(status).toMatchObject({ runId: "run-1", state: "running" });
      await client.send("run-1", { jsonrpc: "2.0", id: "a", method: "say", params: { text: "one" } }, { generation: 1 });
      await client.send("run-1", { jsonrpc: "2.0", id: "b", method: "say", params: { text: "ü\n" } }, { generation: 1 });
      const records = await firstRecords(client, "run-1", 3);
      expect(records.map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(parsed(records)).toEqual([
        { jsonrpc: "2.0", method: "hello", params: { name: "echo", cwd: sandbox.paths.root } },
        { jsonrpc: "2.0", id: "a", result: { text: "one" } },
        { jsonrpc: "2.0", id: "b", result: { text: "ü\n" } },
      ]);
    });

    it("tells exit codes, output and errors of commands apart", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      expect(await bench.attempt(sandbox, "echo out; echo err >&2; exit 7")).toMatchObject({ stdout: "out\n", stderr: "err\n", exitCode: 7 });
    });

    it("serves files below the working directory", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ cwd: "work" });
      await using client = bench.connect(sandbox);
      await client.files.upload("folder/from-outside.txt", new TextEncoder().encode("outside"));
      expect(await bench.run(sandbox, "cat folder/from-outside.txt")).toBe("outside");
      await bench.run(sandbox, "printf inside > from-inside.txt");
      expect(new TextDecoder().decode(await client.files.read("from-inside.txt"))).toBe("inside");
      await expect(client.files.read("../../outside-of-the-root")).rejects.toMatchObject({ code: "forbidden" });
    });

    it("refuses a wrong token", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await using client = bench.transport.connect({ ...sandbox.endpoint, token: "guessed" });
      await expect(client.exec({ command: "true", timeoutMs: 5_000 })).rejects.toMatchObject({ code: "unauthenticated" });
    });

    it.skipIf(!contract.capabilities.sharedWorkspace)("lets two sandboxes use one HOME at the same time", async () => {
      await using bench = await openBench(contract);
      const [one, two] = await Promise.all([bench.create({ subpath: "workspaces/shared" }), bench.create({ subpath: "workspaces/shared" })]);
      await bench.run(one, "printf one > ~/note");
      expect(await bench.run(two, "cat ~/note && printf two > ~/note")).toBe("one");
      expect(await bench.run(one, "cat ~/note")).toBe("two");
    });

    it.skipIf(!isolates(contract))("hides the volume's other directories and other sandboxes", async () => {
      await using bench = await openBench(contract);
      const secret = await bench.create({ subpath: "agents/secret/home" });
      const curious = await bench.create({ subpath: "agents/curious/home" });
      await bench.run(secret, "printf hidden > ~/private; sleep 300 >/dev/null 2>&1 & echo started");
      const tries = `cat ${secret.paths.home}/private ~/../../secret/home/private ~/../../../agents/secret/home/private 2>/dev/null; ls ~/../.. 2>/dev/null; cat /proc/[0-9]*/cmdline`;
      const { stdout } = await bench.attempt(curious, tries);
      expect(stdout).not.toContain("hidden");
      expect(stdout).not.toMatch(/^secret$/m);
      expect(stdout).not.toContain("sleep\u0000300");
    });

    it.skipIf(!isolates(contract))("is not root and cannot write the system", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      expect(await bench.run(sandbox, "id -u")).not.toBe("0");
      const writes = ["/usr/contract-test", "/etc/contract-test", "/contract-test", "/proc/sys/kernel/domainname"];
      for (const path of writes) expect((await bench.attempt(sandbox, `echo x > ${path}`)).exitCode, path).not.toBe(0);
    });

    it.skipIf(!contract.capabilities.networkPolicies.includes("none"))("has no network with the policy none", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ recipe: { ...bench.recipe, network: "none" } });
      const names = await bench.run(sandbox, `${sandbox.paths.node} -p 'Object.keys(require("node:os").networkInterfaces()).join()'`);
      expect(["", "lo"]).toContain(names);
    });
  });
}
