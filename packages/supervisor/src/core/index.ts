export type { AgentLauncher, AgentProcess, AgentProcessEvents } from "./agent-process.ts";
export type { ByteSink } from "./journal-reader.ts";
export { JournalReader } from "./journal-reader.ts";
export type { RunExit, RunRecord, RunStorage, SegmentFile, StateStorage } from "./storage.ts";
export type { SupervisorOptions } from "./supervisor.ts";
export { Supervisor } from "./supervisor.ts";
