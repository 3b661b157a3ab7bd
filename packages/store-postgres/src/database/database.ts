import type { AgentSdkError } from "@agent-sdk/core";

/** A statement's text and values; kysely's compiled queries fit. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Prepared under this name, once per connection. One name, one text. */
  readonly name?: string;
}

/** What the server answered when it refused a statement. */
export interface Refusal {
  /** SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
  readonly code: string;
  readonly constraint: string | undefined;
}

export interface RunOptions {
  /** What a lost reply means: of a read nothing, of a write that its outcome is unknown. */
  readonly kind: "read" | "write";
  /** Turns an expected refusal, of a constraint for instance, into its error. */
  readonly refused?: (refusal: Refusal) => AgentSdkError | undefined;
}

/** Used by migrations alone: no other operation needs more than one statement. */
export interface Transaction {
  /** Several statements without values. */
  script(sql: string): Promise<void>;
  rows(sql: string): Promise<readonly unknown[]>;
}

/**
 * A connection to a database, or a pool of them. Each statement commits by itself. A serialization failure or a deadlock is tried again inside.
 */
export interface Database extends AsyncDisposable {
  /** @throws AgentSdkError `unavailable`, `unknown_outcome`, `internal`, or what `refused` made of it. */
  run<Row>(statement: Statement, options: RunOptions): Promise<Row[]>;
  /** Rolled back when `work` fails. No time-out of ours applies. */
  transaction(work: (transaction: Transaction) => Promise<void>): Promise<void>;
}
