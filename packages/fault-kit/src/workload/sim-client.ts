import { AgentSdkError, isAgentSdkError } from "@agent-sdk/core";
import type { SessionPool } from "@agent-sdk/pool";
import type { Replica } from "../world/replica.ts";
import type { World } from "../world/world.ts";

/** What a client knows of a call that it made. `unknown`: it may have been done or not. */
export type Outcome<T> = { readonly type: "ok"; readonly value: T } | { readonly type: "failed"; readonly error: unknown } | { readonly type: "unknown" };

const oneWayMs = 1;
const givesUpMs = 15_000;

/** A caller of the HTTP interface: any replica will do, and every call may have to be repeated at another. */
export class SimClient {
  readonly name: string;
  readonly #world: World;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#world.scheduler.after(milliseconds, resolve));
  }

  /** The load balancer's choice; null when no replica lives. */
  pick(): Replica | null {
    const { alive, choices } = this.#world;
    return alive[Math.floor(choices.number(choices.keyFor(`pick/${this.name}`)) * alive.length)] ?? null;
  }

  /** One call to one replica. The connection breaks when the replica does; who waits too long leaves. */
  once<T>(replica: Replica, work: (pool: SessionPool, signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      const leaving = new AbortController();
      let isOver = false;
      const end = (outcome: Outcome<T>): void => {
        if (isOver) return;
        isOver = true;
        forget();
        patience.cancel();
        resolve(outcome);
      };
      const forget = replica.process.onCrash(() => end({ type: "unknown" }));
      const patience = this.#world.scheduler.after(givesUpMs, () => {
        // The server notices that its caller has left.
        replica.process.after(oneWayMs, () => leaving.abort(new AgentSdkError("aborted", "The caller left.")));
        end({ type: "unknown" });
      });
      replica.process.after(oneWayMs, () => {
        work(replica.pool, leaving.signal).then(
          (value) => this.#world.scheduler.after(oneWayMs, () => end({ type: "ok", value })),
          (error: unknown) => this.#world.scheduler.after(oneWayMs, () => end({ type: "failed", error })),
        );
      });
    });
  }

  /** Repeats until the answer is a definite one: what the server did, or a refusal that a repetition does not change. */
  async untilKnown<T>(work: (pool: SessionPool, signal: AbortSignal) => Promise<T>): Promise<{ readonly value: T } | { readonly error: AgentSdkError }> {
    for (;;) {
      const replica = this.pick();
      const outcome: Outcome<T> = replica ? await this.once(replica, work) : { type: "unknown" };
      if (outcome.type === "ok") return { value: outcome.value };
      if (outcome.type === "failed") {
        if (!(outcome.error instanceof AgentSdkError)) {
          this.#world.violations.add("errors are AgentSdkErrors", `${this.name}: ${String(outcome.error)}`);
          return { error: new AgentSdkError("internal", String(outcome.error)) };
        }
        if (isDefinite(outcome.error)) return { error: outcome.error };
      }
      await this.sleep(300);
    }
  }
}

function isDefinite(error: AgentSdkError): boolean {
  return (["bad_request", "conflict", "not_found", "not_supported", "forbidden"] as const).some((code) => isAgentSdkError(error, code));
}
