import type { Page, PageRequest, Session } from "@agent-sdk/core";

/** A sandbox of this deployment that no session refers to. */
export interface Orphan {
  readonly provider: string;
  /** The provider's name of it. */
  readonly ref: string;
  readonly sandboxId: string;
  /** The session that it was made for; it may be gone, or have another sandbox. */
  readonly sessionId: string;
  readonly createdAt: Date;
}

export interface OrphanReport {
  readonly orphans: readonly Orphan[];
  /** Names of providers that did not tell what they have. */
  readonly unreachable: readonly string[];
}

export interface SweepReport {
  readonly destroyed: readonly Orphan[];
  /** Those that could not be destroyed, or asked about. */
  readonly failed: readonly Orphan[];
  readonly unreachable: readonly string[];
}

/** A session, what waits in it, and who drives it. */
export interface SessionOverview {
  readonly session: Session;
  readonly queued: number;
  readonly running: number;
  /** Where its owner answers; null where nobody drives it, or its owner did not say. */
  readonly ownerUrl: string | null;
}

/** What concerns all tenants and all replicas. Whoever offers it sees to it that only the operator asks. */
export interface AdminService {
  /** Those with compute first, then by last activity. */
  sessions(filter: PageRequest & { readonly status?: "active" | "hibernated" | undefined; readonly tenant?: string | undefined }): Promise<Page<SessionOverview>>;
  /** Destroys nothing. */
  orphans(): Promise<OrphanReport>;
  /** Destroys them. Whether a session refers to one is asked again just before. */
  sweepOrphans(): Promise<SweepReport>;
  /** @throws `unavailable` when the database does not answer or this replica does not work, `draining` when it is ending. */
  assertReady(): Promise<void>;
}
