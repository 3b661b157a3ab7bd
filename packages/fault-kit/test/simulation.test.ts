import { describe, expect, it } from "vitest";
import { plantedBugs, shrink, simulate, Sometimes, type SimulationResult } from "@agent-sdk/fault-kit";
import { knownSeeds } from "./known-seeds.ts";

/**
 * The same seeds at every run, so that a failure is the change's and not the dice's. `AGENT_SDK_SIMULATION_SEED` takes others, `AGENT_SDK_SIMULATION_SECONDS`
 * goes on for so long.
 */
const firstSeed = Number(process.env["AGENT_SDK_SIMULATION_SEED"] ?? 3000);
const seconds = Number(process.env["AGENT_SDK_SIMULATION_SECONDS"] ?? 0);
const minRuns = 150;

function describeFailure(result: SimulationResult): string {
  const violations = result.violations.map(({ invariant, detail, at }) => `${invariant} (at ${Math.round(at)} ms): ${detail}`);
  return [`seed ${result.seed}, ${result.deviations.length} deviations:`, ...violations].join("\n  ");
}

describe("the session pool in simulation", () => {
  it.each(knownSeeds)("keeps every promise where it once broke one: seed $seed ($found)", async ({ seed }) => {
    const result = await simulate({ seed });
    expect(result.violations, describeFailure(result)).toEqual([]);
  }, 60_000);

  it("keeps every promise in a range of seeds", async () => {
    const until = performance.now() + seconds * 1000;
    const sometimes = new Sometimes();
    let runs = 0;
    for (; runs < minRuns || performance.now() < until; runs += 1) {
      const result = await simulate({ seed: firstSeed + runs, sometimes });
      expect(result.violations, describeFailure(result)).toEqual([]);
    }
    console.log(`${runs} simulated runs from seed ${firstSeed}: ${[...sometimes.counts].reduce((sum, [, count]) => sum + count, 0)} faults, no violation`);
    // A run in which nothing fails proves nothing.
    expect(sometimes.counts.get("crash")).toBeGreaterThan(0);
    expect(sometimes.counts.get("pause")).toBeGreaterThan(0);
  }, (seconds + 240) * 1000);

  it("is the same run again from the same seed, and from its deviations alone", async () => {
    const first = await simulate({ seed: 5 });
    const again = await simulate({ seed: 5 });
    expect(again.fingerprint).toBe(first.fingerprint);
    const replayed = await simulate({ seed: 5, plan: first.deviations });
    expect(replayed.fingerprint).toBe(first.fingerprint);
    expect((await simulate({ seed: 6 })).fingerprint).not.toBe(first.fingerprint);
  }, 60_000);

  it("ends in the benign way where nothing deviates", async () => {
    const result = await simulate({ seed: 1, plan: [] });
    expect(result.violations, describeFailure(result)).toEqual([]);
    expect(result.deviations).toEqual([]);
  }, 60_000);
});

describe("planted bugs", () => {
  it.each(Object.entries(plantedBugs))("finds: %s", async (_name, tamper) => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { violations } = await simulate({ seed, tamper });
      if (violations.length > 0) return;
    }
    expect.unreachable("no run of 60 noticed it");
  }, 240_000);

  it("shrinks a failing run to few deviations", async () => {
    const tamper = plantedBugs["create before intent"];
    const result = await simulate({ seed: 1, tamper });
    const smallest = await shrink({ seed: 1, tamper }, result.deviations);
    expect(smallest?.violations.length).toBeGreaterThan(0);
    expect(smallest?.deviations).toEqual([]);
  }, 240_000);
});
