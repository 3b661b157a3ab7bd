import type { Buffer } from "node:buffer";

/** What is known of a run beyond its journal; survives the supervisor. */
export interface RunRecord {
  readonly runId: string;
  /** The secret value in the environment of the run's processes, by which they are found. */
  readonly marker: string;
  readonly overflow: "block" | "drop_oldest";
  readonly startedAt: number;
  /** Null while the run lives. */
  readonly exit: RunExit | null;
}

export interface RunExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: readonly string[];
}

/** One file of a journal. Writes go to the page cache: they survive the process, not a loss of power. */
export interface SegmentFile {
  readonly firstPosition: number;
  readonly size: number;
  /** All or nothing: after a failed append the file is as before. @throws the system's error. */
  append(bytes: Buffer): void;
  /** @returns how many bytes were read, 0 at the end. */
  read(offset: number, target: Buffer): number;
  truncate(size: number): void;
  /** Closes the handle for appending; reading goes on. */
  seal(): void;
  remove(): void;
}

/** The durable part of one run. */
export interface RunStorage {
  /** In order of position. */
  segments(): readonly SegmentFile[];
  createSegment(firstPosition: number): SegmentFile;
  readRecord(): RunRecord | null;
  /** Replaces the record as a whole. */
  writeRecord(record: RunRecord): void;
  /** Bytes that can still be written. */
  freeBytes(): number;
  remove(): void;
}

/** The supervisor's state directory. */
export interface StateStorage {
  runIds(): readonly string[];
  run(runId: string): RunStorage;
  readGeneration(): number;
  writeGeneration(generation: number): void;
}
