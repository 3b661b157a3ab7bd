import { AgentSdkError } from "@agent-sdk/core";
import type { Choices } from "./choices.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Sometimes } from "./violations.ts";

/** How a kind of call fails, and how often. */
export interface CallProfile {
  /** Error of a call that never arrived. */
  readonly notSent: () => AgentSdkError;
  /** Error of a call that was applied and whose reply was lost. */
  readonly replyLost: () => AgentSdkError;
  /** Milliseconds after which the caller gives up. */
  readonly timeoutMs: number;
  /** A call may arrive after its caller has given up. */
  readonly mayArriveLate: boolean;
  /** Milliseconds one way when nothing delays it. */
  readonly latencyMs: number;
  /** Whether the caller can reach the other side at this moment. */
  readonly isReachable?: () => boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

const crashChance = 0.004;
const pauseChance = 0.003;
const lossChance = 0.01;
const lateChance = 0.006;

/**
 * Carries every call of a process to what survives it: send, apply, reply. The caller may crash or be stopped before it sends, between sending and
 * the reply, and after the reply; what was sent is applied all the same.
 */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #choices: Choices;
  readonly #sometimes: Sometimes;
  readonly #limits: { crashes: number; pauses: number };

  constructor(options: { readonly scheduler: Scheduler; readonly choices: Choices; readonly sometimes: Sometimes; readonly maxCrashes: number; readonly maxPauses: number }) {
    this.#scheduler = options.scheduler;
    this.#choices = options.choices;
    this.#sometimes = options.sometimes;
    this.#limits = { crashes: options.maxCrashes, pauses: options.maxPauses };
  }

  call<T>(process: SimProcess, place: string, profile: CallProfile, apply: () => Promise<T>, options: CallOptions = {}): Promise<T> {
    const key = this.#choices.keyFor(`${process.name}/${place}`);
    return new Promise<T>((resolve, reject) => {
      if (!process.isAlive || this.#strikes(process, `${key}/before`)) return;
      if (options.signal?.aborted) return reject(options.signal.reason as Error);
      let isSettled = false;
      const settle = (deliver: () => void): void => {
        if (isSettled) return;
        isSettled = true;
        options.signal?.removeEventListener("abort", onAbort);
        deliver();
      };
      const onAbort = (): void => settle(() => reject(options.signal?.reason as Error));
      options.signal?.addEventListener("abort", onAbort, { once: true });
      const refuse = (error: AgentSdkError, milliseconds: number): void => void process.after(milliseconds, () => settle(() => reject(error)));
      const reply = (deliver: () => void): void => {
        if (this.#strikes(process, `${key}/applied`)) return;
        if (this.#choices.fault("lost_reply", key, lossChance) !== null) {
          this.#sometimes.add(`lost reply: ${place}`);
          return refuse(profile.replyLost(), profile.timeoutMs);
        }
        void process.after(this.#oneWay(`${key}/reply`, profile.latencyMs), () => {
          settle(deliver);
          this.#strikes(process, `${key}/after`);
        });
      };
      const arrive = (): void => {
        apply().then(
          (value) => reply(() => resolve(value)),
          (error: unknown) => reply(() => reject(error)),
        );
      };
      if (profile.isReachable?.() === false) return refuse(profile.notSent(), profile.timeoutMs);
      if (this.#choices.fault("lost_request", key, lossChance) !== null) {
        this.#sometimes.add(`lost request: ${place}`);
        return refuse(profile.notSent(), profile.timeoutMs);
      }
      const late = profile.mayArriveLate ? this.#choices.fault("late_arrival", key, lateChance) : null;
      if (late !== null) {
        this.#sometimes.add(`late arrival: ${place}`);
        this.#scheduler.after(profile.timeoutMs * (1 + late * 3), () => void apply().catch(() => undefined));
        return refuse(profile.notSent(), profile.timeoutMs);
      }
      // What is on its way arrives, whatever becomes of its sender.
      this.#scheduler.after(this.#oneWay(`${key}/request`, profile.latencyMs), arrive);
    });
  }

  /** Milliseconds for one way: a little, and now and then much more. */
  #oneWay(key: string, usual: number): number {
    const slow = this.#choices.fault("latency", key, 0.03);
    return usual * (0.5 + this.#choices.number(`way:${key}`)) + (slow === null ? 0 : slow * slow * 2_000);
  }

  /** Crashes or stops the process at this point. @returns true when it is dead. */
  #strikes(process: SimProcess, key: string): boolean {
    if (!process.isAlive) return true;
    if (this.#limits.crashes > 0 && this.#choices.fault("crash", key, crashChance) !== null) {
      this.#limits.crashes -= 1;
      this.#sometimes.add("crash");
      process.crash();
      return true;
    }
    const pause = this.#limits.pauses > 0 ? this.#choices.fault("pause", key, pauseChance) : null;
    if (pause !== null) {
      this.#limits.pauses -= 1;
      this.#sometimes.add("pause");
      process.pause(500 + pause * 9_500);
    }
    return false;
  }
}

/** The errors of a database that cannot be reached, by what is known of the write. */
export function storeErrors(isWrite: boolean): Pick<CallProfile, "notSent" | "replyLost"> {
  return {
    notSent: () => new AgentSdkError("unavailable", "The database cannot be reached."),
    replyLost: () => (isWrite ? new AgentSdkError("unknown_outcome", "The database's reply was lost.") : new AgentSdkError("unavailable", "The database cannot be reached.")),
  };
}

/** The error of a supervisor or a provider that does not answer. */
export function unreachable(what: string): AgentSdkError {
  return new AgentSdkError("unavailable", `${what} does not answer.`);
}
