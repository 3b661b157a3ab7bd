import { describe, expect, it } from "vitest";
import type { Sandbox, SandboxSummary } from "../sandbox-provider.ts";
import { benchToken, openBench, type Bench, type SandboxProviderContract } from "./sandbox-provider-fixture.ts";

/** Starts processes that go on writing a file in HOME, one in a session of its own, one behind two forks, one that ignores SIGTERM. */
const startTicking = `
  tick='trap "" TERM HUP; while :; do echo $$ >> "$HOME/$0"; sleep 0.02; done'
  setsid sh -c "$tick" tick-session </dev/null >/dev/null 2>&1 &
  (setsid sh -c "sh -c '$tick' tick-fork & exit" </dev/null >/dev/null 2>&1 &)
  sh -c "$tick" tick-group </dev/null >/dev/null 2>&1 &
  while ! [ -s ~/tick-session ] || ! [ -s ~/tick-fork ] || ! [ -s ~/tick-group ]; do sleep 0.01; done
`;

/** Looks into HOME through another sandbox: whether anything still writes there. */
async function stillTicking(bench: Bench): Promise<boolean> {
  const witness = await bench.create();
  const read = (): Promise<string> => bench.run(witness, "wc -c ~/tick-*");
  const before = await read();
  await bench.run(witness, "sleep 0.3");
  const after = await read();
  await bench.provider.destroy(witness.ref);
  return before !== after;
}

/** Stops the supervisor's process as a frozen host would: it neither answers nor ends by itself. */
async function freeze(bench: Bench, sandbox: Sandbox): Promise<void> {
  await using client = bench.connect(sandbox);
  const gone = new AbortController();
  const frozen = client.exec({ command: "kill -STOP $PPID", timeoutMs: 20_000 }, { signal: gone.signal }).catch((error: unknown) => error);
  await expect.poll(() => client.health({ timeoutMs: 300 }).then(() => "answers", () => "silent"), { timeout: 10_000 }).toBe("silent");
  gone.abort();
  await frozen;
}

async function collect(summaries: AsyncIterable<SandboxSummary>): Promise<readonly SandboxSummary[]> {
  const all: SandboxSummary[] = [];
  for await (const summary of summaries) all.push(summary);
  return all;
}

export function describeSandboxLife(contract: SandboxProviderContract): void {
  describe("attach", () => {
    it("finds a sandbox from another provider, as after a restart of the server", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ cwd: "work" });
      await bench.run(sandbox, "printf kept > note");
      await using other = await bench.reopen();
      const again = await other.attach(sandbox.ref, { supervisorToken: benchToken });
      expect(again).toMatchObject({ ref: sandbox.ref, paths: sandbox.paths, isolation: sandbox.isolation });
      expect(await bench.run(again, "cat note")).toBe("kept");
      expect(await other.status(sandbox.ref)).toBe("running");
      await other.destroy(sandbox.ref);
      expect(await bench.provider.status(sandbox.ref)).toBe("missing");
    });

    it("says not_found of one that is gone", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await bench.provider.destroy(sandbox.ref);
      await expect(bench.provider.attach(sandbox.ref, { supervisorToken: benchToken })).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.provider.status(sandbox.ref)).toBe("missing");
    });
  });

  describe("stop", () => {
    it.skipIf(contract.capabilities.stop)("is refused without the capability, and changes nothing", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await expect(bench.provider.stop(sandbox.ref)).rejects.toMatchObject({ code: "not_supported" });
      expect(await bench.run(sandbox, "echo alive")).toBe("alive");
    });

    it.skipIf(!contract.capabilities.stop)("ends the compute, keeps the disk, and attach starts it again", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await bench.run(sandbox, `${startTicking} printf kept > ~/note`);
      await bench.provider.stop(sandbox.ref);
      await bench.provider.stop(sandbox.ref);
      expect(await bench.provider.status(sandbox.ref)).toBe("stopped");
      const again = await bench.provider.attach(sandbox.ref, { supervisorToken: benchToken });
      expect(await bench.run(again, "cat ~/note")).toBe("kept");
      expect(await bench.provider.status(sandbox.ref)).toBe("running");
      await bench.provider.destroy(sandbox.ref);
      expect(await stillTicking(bench)).toBe(false);
    });
  });

  describe("destroy", () => {
    it("ends every process, those in sessions of their own too, and keeps the volume", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await bench.run(sandbox, startTicking);
      await bench.provider.destroy(sandbox.ref);
      expect(await bench.provider.status(sandbox.ref)).toBe("missing");
      expect(await bench.leftovers()).toEqual([]);
      expect(await stillTicking(bench)).toBe(false);
    });

    it("ends a sandbox that is frozen", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await bench.run(sandbox, startTicking);
      await freeze(bench, sandbox);
      await bench.provider.destroy(sandbox.ref);
      expect(await bench.provider.status(sandbox.ref)).toBe("missing");
      expect(await stillTicking(bench)).toBe(false);
    });

    it("is idempotent, also by several at once and for what never was", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create();
      await Promise.all([bench.provider.destroy(sandbox.ref), bench.provider.destroy(sandbox.ref)]);
      await bench.provider.destroy(sandbox.ref);
      expect(await bench.listed()).toEqual([]);
    });

    it("of one that is still being created leaves nothing of it, and the creation fails", async () => {
      await using bench = await openBench(contract);
      const creating = bench.create({ recipe: { ...bench.recipe, preStartCommands: ["sleep 20"] } }).then(() => "created", () => "failed");
      await expect.poll(() => bench.listed(), { timeout: 20_000, interval: 10 }).toHaveLength(1);
      const [half] = await collect(bench.provider.list({ origin: bench.origin }));
      await bench.provider.destroy(half?.ref ?? "");
      expect(await creating).toBe("failed");
      expect(await bench.listed()).toEqual([]);
      expect(await bench.leftovers()).toEqual([]);
    });

    it("leaves other sandboxes alone", async () => {
      await using bench = await openBench(contract);
      const [doomed, other] = [await bench.create(), await bench.create({ subpath: "agents/second/home" })];
      await bench.provider.destroy(doomed.ref);
      expect(await bench.run(other, "echo alive")).toBe("alive");
    });
  });

  describe("list", () => {
    it("finds by labels, and sees nothing of another origin", async () => {
      await using bench = await openBench(contract);
      const spec = await bench.spec();
      const foreign = { ...spec.labels, origin: `${bench.origin}-other`, sandboxId: crypto.randomUUID() };
      const [mine, second] = [await bench.create({ labels: spec.labels }), await bench.create()];
      const theirs = await bench.create({ labels: foreign });
      const all = await collect(bench.provider.list({ origin: bench.origin }));
      expect(all.map(({ ref }) => ref).toSorted()).toEqual([mine.ref, second.ref].toSorted());
      const [found, ...more] = await collect(bench.provider.list({ origin: bench.origin, sandboxId: spec.labels.sandboxId }));
      expect(more).toEqual([]);
      expect(found).toMatchObject({ ref: mine.ref, labels: spec.labels, status: "running" });
      expect(Math.abs(Date.now() - (found?.createdAt.getTime() ?? 0))).toBeLessThan(60 * 60_000);
      expect((await collect(bench.provider.list({ origin: bench.origin, sessionId: spec.labels.sessionId }))).map(({ ref }) => ref)).toEqual([mine.ref]);
      expect((await collect(bench.provider.list({ origin: foreign.origin }))).map(({ ref }) => ref)).toEqual([theirs.ref]);
    });
  });
}
