import { AgentSdkError, type Timers } from "@agent-sdk/core";

/**
 * Waits for a call, but not for ever: one whose connection breaks in the middle of its answer never ends by itself.
 * @throws AgentSdkError `unavailable` after `milliseconds`. What the call does is then not known.
 */
export async function bounded<Result>(timers: Timers, milliseconds: number, call: Promise<Result>): Promise<Result> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = timers.set(milliseconds, () => reject(new AgentSdkError("unavailable", `The Docker engine did not answer within ${Math.round(milliseconds / 1000)} s.`)));
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    timer.cancel();
  }
}
