export { SessionPool } from "./session-pool.ts";
export { defaultPoolOptions } from "./env.ts";
export type { PoolEnv, PoolOptions } from "./env.ts";
export type { AgentService } from "./agent-service.ts";
export type { AdminService, Orphan, OrphanReport, SessionOverview, SweepReport } from "./admin-service.ts";
export { findOrphans, sweepOrphans } from "./sweep/orphan-sweep.ts";
export type { CreateSession, FeedItem, LogRow, NewMessage, SandboxView, SessionService, SessionStatus, SubscribeOptions, Subscription } from "./session-service.ts";
export type { VolumeScope, VolumeService } from "./volume-service.ts";
