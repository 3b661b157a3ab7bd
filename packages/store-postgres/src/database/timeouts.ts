import { AgentSdkError } from "@agent-sdk/core";

/** All in milliseconds, all shorter than a lease, so that a stuck process or network cannot hold a row beyond it. */
export interface Timeouts {
  /** To open a connection, or to get one from the pool. */
  readonly connect: number;
  /** `lock_timeout`: to wait for another's lock. */
  readonly lock: number;
  /** `statement_timeout`: a statement, on the server. */
  readonly statement: number;
  /** `idle_in_transaction_session_timeout`: a transaction whose client says nothing. */
  readonly idleInTransaction: number;
  /** To wait for a reply, here: ends what hangs on a half-open connection. Longer than `statement`, so the server's word comes first. */
  readonly reply: number;
}

/** @throws AgentSdkError `bad_request` for a lease too short to fit them in. */
export function timeoutsBelow(leaseTtlMs: number): Timeouts {
  if (!(leaseTtlMs >= 200)) throw new AgentSdkError("bad_request", "A lease must be at least 200 ms long.");
  const share = (part: number): number => Math.round(leaseTtlMs * part);
  return { connect: share(0.5), lock: share(0.25), statement: share(0.5), idleInTransaction: share(0.5), reply: share(0.75) };
}
