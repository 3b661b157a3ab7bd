/** How much is measured. */
export interface Plan {
  readonly repetitions: number;
  /** Updates a second, and for how long each repetition sends them. */
  readonly rates: readonly { readonly perSecond: number; readonly seconds: number }[];
  readonly floodUpdates: number;
  readonly concurrentSessions: number;
  /** Updates of each of the concurrent sessions. */
  readonly concurrentUpdates: number;
  /** Sessions that are created, one after the other. */
  readonly creations: number;
  /** Calls of each kind within one repetition. */
  readonly calls: number;
  readonly hibernations: number;
  /** Milliseconds of rest before memory is read. */
  readonly restMs: number;
  /** The whole run is given up after so many milliseconds. */
  readonly limitMs: number;
}

export const fullPlan: Plan = {
  repetitions: 3,
  rates: [
    { perSecond: 100, seconds: 3 },
    { perSecond: 500, seconds: 2 },
    { perSecond: 2000, seconds: 2 },
  ],
  floodUpdates: 50_000,
  concurrentSessions: 32,
  concurrentUpdates: 4000,
  creations: 20,
  calls: 60,
  hibernations: 10,
  restMs: 3000,
  limitMs: 900_000,
};

export const quickPlan: Plan = {
  repetitions: 1,
  rates: [
    { perSecond: 100, seconds: 1 },
    { perSecond: 500, seconds: 1 },
    { perSecond: 2000, seconds: 1 },
  ],
  floodUpdates: 50_000,
  concurrentSessions: 32,
  concurrentUpdates: 250,
  creations: 2,
  calls: 10,
  hibernations: 2,
  restMs: 500,
  limitMs: 180_000,
};
