import type { SessionPool } from "@agent-sdk/pool";
import { allEvents, checkSession } from "./invariants/final-state.ts";
import type { Deviation, FaultKind } from "./kernel/choices.ts";
import type { Sometimes, Violation } from "./kernel/violations.ts";
import { Reader } from "./workload/reader.ts";
import { SessionScript } from "./workload/session-script.ts";
import type { Replica, Tamper } from "./world/replica.ts";
import { World } from "./world/world.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Replay: exactly these deviations from the benign run. */
  readonly plan?: readonly Deviation[] | undefined;
  readonly disabled?: readonly FaultKind[] | undefined;
  readonly intensity?: number | undefined;
  /** Servers that run at a time. Default 3. */
  readonly replicas?: number | undefined;
  /** Default 2. */
  readonly sessions?: number | undefined;
  /** Changes what each pool is given: how a bug is planted. */
  readonly tamper?: Tamper | undefined;
  readonly sometimes?: Sometimes | undefined;
  readonly trace?: ((line: string) => void) | undefined;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What was chosen against the benign: with the seed, enough to run the same again. */
  readonly deviations: readonly Deviation[];
  /** Events of the simulator. */
  readonly steps: number;
  readonly virtualMs: number;
  /** A fingerprint of everything that was stored: two runs of one seed have the same. */
  readonly fingerprint: string;
}

/** Bounds in virtual milliseconds and events: what is not done by then hangs. */
const faultsMs = 40_000;
const livenessMs = 120_000;
const drainMs = 30_000;
const maxSteps = 400_000;

/** One whole run: servers start, clients work, everything fails that the seed says, the faults end, everybody finishes, and all that must hold is checked. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const world = new World({ ...options, replicas: options.replicas ?? 3, maxCrashes: 4, maxPauses: 4 });
  world.slots.forEach((_replica, slot) => world.startReplica(slot));
  scheduleCuts(world);
  const scripts = Array.from({ length: options.sessions ?? 2 }, (_value, index) => new SessionScript(index, world));
  const readers = scripts.flatMap((script) => [0, 1].map((index) => new Reader(script.sessionId, `${script.sessionId}/reader${index}`, world)));
  for (const reader of readers) void reader.follow().catch((error: unknown) => world.violations.add("readers do not fail", String(error)));

  const working = Promise.all(scripts.map((script) => script.run()));
  await phase(world, "the workload", { ms: faultsMs, work: working, mustEnd: false });
  world.choices.endFaults();
  await phase(world, "22 everything ends when the faults are over", { ms: livenessMs, work: working.then(() => settle(world, scripts, readers)), mustEnd: true });
  await checkEnd(world, scripts, readers);
  const fingerprint = await fingerprintOf(world, scripts);
  await drain(world);
  return { seed: options.seed, violations: world.violations.list, deviations: world.choices.deviations, steps: world.scheduler.steps, virtualMs: world.scheduler.now, fingerprint };
}

/** Lets time pass until `work` is done, at most `ms`. Work that is not awaited any more goes on in the next phase. */
async function phase(world: World, name: string, { ms, work, mustEnd }: { readonly ms: number; readonly work: Promise<unknown>; readonly mustEnd: boolean }): Promise<void> {
  let isDone = false;
  work.then(
    () => (isDone = true),
    (error: unknown) => {
      isDone = true;
      world.violations.add(name, error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  );
  const inBounds = await world.scheduler.run({ until: world.scheduler.now + ms, maxSteps, done: () => isDone });
  world.violations.check(inBounds, "nothing spins", () => `${name}: ${maxSteps} events at ${world.scheduler.now}`);
  world.violations.check(isDone || !mustEnd, name, () => `not within ${ms} ms`);
}

/** Now and then a server loses the database, or the sandboxes, for a while. */
function scheduleCuts(world: World): void {
  for (let index = 0; index < 3; index += 1) {
    const cut = world.choices.fault("partition", `cut${index}`, 0.4);
    if (cut === null) continue;
    world.scheduler.after(world.choices.number(`cut${index}/at`) * faultsMs, () => {
      const replica = world.slots[Math.floor(world.choices.number(`cut${index}/slot`) * world.slots.length)];
      if (!replica) return;
      world.sometimes.add("partition");
      const side = world.choices.number(`cut${index}/side`);
      if (side < 0.66) replica.database.cut(500 + cut * 8000);
      if (side > 0.33) replica.sandboxes.cut(500 + cut * 8000);
    });
  }
}

async function settle(world: World, scripts: readonly SessionScript[], readers: readonly Reader[]): Promise<void> {
  const alive = async (script: SessionScript): Promise<boolean> => (await world.database.sessions.get(script.sessionId)) !== null;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void world.scheduler.after(ms, resolve));
  // Servers come back, prompts end, what was asked for is done.
  for (;;) {
    await pause(500);
    const { busy } = await world.database.sessions.count();
    const isWell = ({ process, database, sandboxes }: Replica): boolean => !process.isPaused && database.isReachable() && sandboxes.isReachable();
    if (busy === 0 && world.alive.length === world.slots.length && world.alive.every(isWell)) break;
  }
  for (const script of scripts) if (!script.deleted && (await alive(script))) await script.probe();
  // Idle sandboxes are released, orphans are swept.
  const isMoving = (): boolean => [...world.ledger.sessions.values()].some(({ deleted, sandbox }) => !deleted && sandbox !== null && sandbox.phase !== "none");
  for (let waited = 0; waited < 40_000 && (world.backend.sandboxes.size > 0 || isMoving()); waited += 500) await pause(500);
  // Readers have everything.
  const isBehind = (reader: Reader): boolean => !world.ledger.notes(reader.sessionId).deleted && reader.position < world.ledger.notes(reader.sessionId).lastSeq;
  while (readers.some(isBehind)) await pause(200);
  for (const reader of readers) reader.stop();
}

async function checkEnd(world: World, scripts: readonly SessionScript[], readers: readonly Reader[]): Promise<void> {
  const { database, ledger, violations, backend } = world;
  for (const script of scripts) {
    const session = await database.sessions.get(script.sessionId);
    if (!session) continue;
    const events = await checkSession(database, session, ledger, violations);
    const known = new Set((await database.prompts.list(script.sessionId)).map((prompt) => prompt.rpcId));
    for (const rpcId of script.accepted) violations.check(known.has(rpcId), "9 an accepted prompt is there", () => rpcId);
    for (const reader of readers.filter((candidate) => candidate.sessionId === script.sessionId)) {
      const differs = reader.seen.find((event) => events[event.seq - 1]?.message !== event.message);
      violations.check(differs === undefined, "4 what was given out is what is stored", () => `${script.sessionId}: ${differs?.seq}`);
    }
  }
  for (const sandbox of backend.sandboxes.values()) violations.add("14 no sandbox is left over", `${sandbox.ref} of ${sandbox.labels.sessionId}, ${sandbox.status}`);
}

async function fingerprintOf(world: World, scripts: readonly SessionScript[]): Promise<string> {
  const parts: string[] = [`${world.scheduler.steps}`, `${world.choices.deviations.length}`];
  for (const script of scripts) {
    if ((await world.database.sessions.get(script.sessionId)) === null) continue;
    for (const event of await allEvents(world.database, script.sessionId)) parts.push(`${event.seq}:${event.message}`);
  }
  return parts.join("\n");
}

/** Servers end in order, and nothing of theirs is left. */
async function drain(world: World): Promise<void> {
  const { alive, violations } = world;
  const stopping = Promise.all(alive.map((replica: Replica) => stopped(replica.pool)));
  await phase(world, "23 a pool ends", { ms: drainMs, work: stopping, mustEnd: true });
  for (const { process } of alive) violations.check(process.timers === 0, "23 a closed pool leaves no timer", () => `${process.name}: ${process.timers}`);
}

async function stopped(pool: SessionPool): Promise<void> {
  await pool.stop();
}
