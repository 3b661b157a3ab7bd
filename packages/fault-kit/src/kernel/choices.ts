/** What may go wrong. Each kind can be switched off for a whole run. */
export const faultKinds = [
  "agent_dies",
  "agent_ignores_cancel",
  "clock_skew",
  "crash",
  "late_arrival",
  "latency",
  "lost_notification",
  "lost_reply",
  "lost_request",
  "partition",
  "pause",
  "provider_fails",
  "sandbox_dies",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** One choice that was not the benign one: which, and what was chosen (a number in [0, 1) that the place interprets). */
export interface Deviation {
  readonly key: string;
  readonly kind: FaultKind;
  readonly value: number;
}

function hash(text: string, seed: number): number {
  let state = seed ^ 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x85ebca6b);
    state = (state << 13) | (state >>> 19);
  }
  state = Math.imul(state ^ (state >>> 16), 0xc2b2ae35);
  state = Math.imul(state ^ (state >>> 13), 0x27d4eb2f);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on nothing but `seed` and `key`. */
export function numberFor(seed: number, key: string): number {
  return hash(key, seed) / 0x1_0000_0000;
}

export interface ChoicesOptions {
  readonly seed: number;
  /** Replay: deviate exactly there, and nowhere else. */
  readonly plan?: readonly Deviation[] | undefined;
  /** Multiplies the chance of every fault; 0 is a run without any. Default 1. */
  readonly intensity?: number | undefined;
  /** Kinds that are off in this run. Default: about a third of them, by the seed. */
  readonly disabled?: readonly FaultKind[] | undefined;
}

/**
 * Every choice has a stable key and a benign default, so that a run is its seed and a sparse list of deviations: it can be replayed from either, and
 * shrunk by leaving deviations out.
 */
export class Choices {
  readonly seed: number;
  readonly deviations: Deviation[] = [];
  readonly disabled: ReadonlySet<FaultKind>;
  readonly #plan: ReadonlyMap<string, Deviation> | null;
  readonly #intensity: number;
  readonly #counters = new Map<string, number>();
  #isOver = false;

  constructor(options: ChoicesOptions) {
    this.seed = options.seed;
    this.#intensity = options.intensity ?? 1;
    this.#plan = options.plan ? new Map(options.plan.map((deviation) => [`${deviation.kind}:${deviation.key}`, deviation])) : null;
    this.disabled = new Set(options.disabled ?? faultKinds.filter((kind) => numberFor(options.seed, `swarm:${kind}`) < 1 / 3));
  }

  /** No fault happens from now on. */
  endFaults(): void {
    this.#isOver = true;
  }

  /** True once no fault may happen any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next key of a place that is passed again and again. */
  keyFor(place: string): string {
    const count = (this.#counters.get(place) ?? 0) + 1;
    this.#counters.set(place, count);
    return `${place}#${count}`;
  }

  /** A number in [0, 1) when the fault happens here, with the given chance; null for the benign choice. */
  fault(kind: FaultKind, key: string, chance: number): number | null {
    if (this.#isOver) return null;
    const name = `${kind}:${key}`;
    if (this.#plan) {
      const planned = this.#plan.get(name);
      return planned ? this.#deviate(planned) : null;
    }
    if (this.disabled.has(kind) || numberFor(this.seed, name) >= chance * this.#intensity) return null;
    return this.#deviate({ key, kind, value: numberFor(this.seed, `${name}:value`) });
  }

  /** Not a fault but what the workload does: the same in a replay, whatever the plan leaves out. */
  number(key: string): number {
    return numberFor(this.seed, key);
  }

  #deviate(deviation: Deviation): number {
    this.deviations.push(deviation);
    return deviation.value;
  }
}
