import type { ErrorCode, Session, SessionIntents, StoredEvent } from "@agent-sdk/core";
import { asText, AgentSdkError, isJsonObject, ownEventPrefix, sleep } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { SessionDriver } from "../driver/session-driver.ts";
import type { Ownership } from "../replica/ownership.ts";

/** How often to look at the row: rarely where the driver here tells of its steps, oftener where another replica does it. */
const localPollMs = 1000;
const remotePollMs = 50;

const passedOn: ReadonlySet<string> = new Set<ErrorCode>(["bad_request", "conflict", "not_found", "not_supported", "provider_failed", "sandbox_failed", "timeout", "unavailable"]);

/** Asks a session's owner, wherever it is, for something by an intent in its row, and waits until the row says that it is done. */
export class Outcomes {
  readonly #env: PoolEnv;
  readonly #ownership: Ownership;

  constructor(env: PoolEnv, ownership: Ownership) {
    this.#env = env;
    this.#ownership = ownership;
  }

  /** A ready agent in a running sandbox. @throws with the reason when it could not be brought up. */
  async wake(id: string, signal?: AbortSignal): Promise<Session> {
    const before = (await this.#env.store.sessions.head(id))?.lastSeq ?? 0;
    const session = await this.#ask(id, "wake", signal);
    if (session.sandbox.phase === "running" && session.sandbox.agent?.ready) return session;
    throw (await this.#failureAfter(id, before)) ?? new AgentSdkError("unavailable", "The sandbox is not up. Try again.");
  }

  async release(id: string, signal?: AbortSignal): Promise<Session> {
    return this.#ask(id, "release", signal);
  }

  async remove(id: string, signal?: AbortSignal): Promise<void> {
    await this.#ask(id, "delete", signal).catch((error: unknown) => {
      if (!(error instanceof AgentSdkError) || error.code !== "not_found") throw error;
    });
  }

  async #ask(id: string, intent: keyof SessionIntents, signal: AbortSignal | undefined): Promise<Session> {
    if (!(await this.#env.store.sessions.setIntents(id, { [intent]: true }))) throw new AgentSdkError("not_found", `There is no session ${id}.`);
    let poked: SessionDriver | null = null;
    for (;;) {
      this.#ownership.assertOpen();
      const driver = this.#ownership.get(id) ?? (await this.#ownership.attend(id));
      // Before the row is read, so that no step is missed.
      const changed = driver?.changed();
      // Once: a driver that is at it takes its next step by itself. Poking it after every step would, on an embedded database, which answers
      // without the event loop turning, keep the loop from ever turning again.
      if (driver && driver !== poked) driver.poke();
      poked = driver;
      const session = await this.#env.store.sessions.get(id);
      if (!session) throw new AgentSdkError("not_found", `There is no session ${id}.`);
      if (!session.intents[intent]) return session;
      await this.#wait(changed, signal);
    }
  }

  /** Until the driver here has taken a step; a while, where another replica drives. */
  async #wait(changed: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> {
    const enough = new AbortController();
    const waiting = sleep(this.#env, changed ? localPollMs : remotePollMs, { signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal });
    try {
      await (changed ? Promise.race([changed, waiting]) : waiting);
    } finally {
      enough.abort();
      waiting.catch(() => undefined);
    }
  }

  /** The owner's own word on why it could not, from the session's stream. */
  async #failureAfter(id: string, seq: number): Promise<AgentSdkError | null> {
    const events = await this.#env.store.events.read(id, { after: seq, limit: 1000 });
    return events.map(readFailure).findLast((failure) => failure !== null) ?? null;
  }
}

function readFailure(event: StoredEvent): AgentSdkError | null {
  const message: unknown = JSON.parse(event.message);
  if (!isJsonObject(message) || message["method"] !== `${ownEventPrefix}sandbox_changed` || !isJsonObject(message["params"])) return null;
  const { status, code, reason, details } = message["params"];
  if (status !== "failed") return null;
  return new AgentSdkError(typeof code === "string" && passedOn.has(code) ? (code as ErrorCode) : "sandbox_failed", asText(reason), { details: isJsonObject(details) ? details : {} });
}
