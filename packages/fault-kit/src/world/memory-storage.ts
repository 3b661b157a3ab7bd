import { Buffer } from "node:buffer";
import type { RunRecord, RunStorage, SegmentFile, StateStorage } from "@agent-sdk/supervisor/core";

class MemorySegment implements SegmentFile {
  readonly firstPosition: number;
  readonly #onRemove: () => void;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(firstPosition: number, onRemove: () => void) {
    this.firstPosition = firstPosition;
    this.#onRemove = onRemove;
  }

  get size(): number {
    return this.#bytes.length;
  }

  append(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  read(offset: number, target: Buffer): number {
    return this.#bytes.copy(target, 0, offset, Math.min(this.#bytes.length, offset + target.length));
  }

  truncate(size: number): void {
    this.#bytes = this.#bytes.subarray(0, size);
  }

  seal(): void {}

  remove(): void {
    this.#onRemove();
  }
}

class MemoryRun implements RunStorage {
  #segments: MemorySegment[] = [];
  #record: RunRecord | null = null;

  segments(): readonly SegmentFile[] {
    return this.#segments;
  }

  createSegment(firstPosition: number): SegmentFile {
    const segment = new MemorySegment(firstPosition, () => {
      this.#segments = this.#segments.filter((other) => other !== segment);
    });
    this.#segments.push(segment);
    return segment;
  }

  readRecord(): RunRecord | null {
    return this.#record;
  }

  writeRecord(record: RunRecord): void {
    this.#record = record;
  }

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  remove(): void {
    this.#segments = [];
    this.#record = null;
  }
}

/** A supervisor's state directory, in the memory of a run. */
export function memoryStorage(): StateStorage {
  const runs = new Map<string, MemoryRun>();
  let generation = 0;
  return {
    runIds: () => [...runs.keys()],
    run(runId) {
      const run = runs.get(runId) ?? new MemoryRun();
      runs.set(runId, run);
      return run;
    },
    readGeneration: () => generation,
    writeGeneration(next) {
      generation = next;
    },
  };
}
