import { Buffer } from "node:buffer";
import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord, RunStorage, SegmentFile, StateStorage } from "../core/storage.ts";

const segmentSuffix = ".ndjson";
const positionDigits = 16;
const generationDigits = 20;

/**
 * Writes are synchronous and to the page cache: a record is on disk, as far as any process can tell, before anybody hears of it, at the cost of some
 * ten microseconds for a whole block. They survive a kill of this process, not a loss of the machine's power.
 */
class FileSegment implements SegmentFile {
  readonly firstPosition: number;
  readonly #path: string;
  #handle: number | null;
  #size: number;

  constructor(path: string, firstPosition: number, mode: "create" | "existing") {
    this.#path = path;
    this.firstPosition = firstPosition;
    this.#handle = mode === "create" ? openSync(path, "wx+", 0o600) : null;
    this.#size = mode === "create" ? 0 : statSync(path).size;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    this.#handle ??= openSync(this.#path, "r+");
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#handle, bytes, written, bytes.length - written, this.#size + written);
    } catch (error) {
      ftruncateSync(this.#handle, this.#size);
      throw error;
    }
    this.#size += written;
  }

  read(offset: number, target: Buffer): number {
    const handle = this.#handle ?? openSync(this.#path, "r");
    try {
      let length = 0;
      while (length < target.length) {
        const count = readSync(handle, target, length, target.length - length, offset + length);
        if (count === 0) break;
        length += count;
      }
      return length;
    } finally {
      if (handle !== this.#handle) closeSync(handle);
    }
  }

  truncate(size: number): void {
    truncateSync(this.#path, size);
    this.#size = size;
  }

  seal(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }

  remove(): void {
    this.seal();
    rmSync(this.#path, { force: true });
  }
}

/** Replaces a file as a whole; a reader sees the old or the new one. */
export function writeFileAtomically(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function runStorage(directory: string): RunStorage {
  const recordPath = join(directory, "run.json");
  const pathOf = (position: number): string => join(directory, `${String(position).padStart(positionDigits, "0")}${segmentSuffix}`);
  return {
    segments() {
      const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(segmentSuffix)) : [];
      return names.toSorted().map((name) => new FileSegment(join(directory, name), Number(name.slice(0, -segmentSuffix.length)), "existing"));
    },
    createSegment: (position) => new FileSegment(pathOf(position), position, "create"),
    readRecord: () => (existsSync(recordPath) ? (JSON.parse(readFileSync(recordPath, "utf8")) as RunRecord) : null),
    writeRecord(record) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileAtomically(recordPath, JSON.stringify(record));
    },
    freeBytes() {
      const { bavail, bsize } = statfsSync(directory);
      return bavail * bsize;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The generation is overwritten in place: that needs no free block, so a takeover works on a full disk too. */
function openGeneration(path: string): { read(): number; write(generation: number): void } {
  const handle = openSync(path, existsSync(path) ? "r+" : "wx+", 0o600);
  const write = (generation: number): void => {
    writeSync(handle, Buffer.from(String(generation).padStart(generationDigits, "0")), 0, generationDigits, 0);
  };
  if (fstatSync(handle).size < generationDigits) write(0);
  return { read: () => Number(readFileSync(path, "utf8")), write };
}

/** The state below `directory`, which is made when it is missing. */
export function fileStorage(directory: string): StateStorage {
  const runs = join(directory, "runs");
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  const generation = openGeneration(join(directory, "generation"));
  return {
    runIds: () => readdirSync(runs),
    run: (runId) => runStorage(join(runs, runId)),
    readGeneration: () => generation.read(),
    writeGeneration: (value) => generation.write(value),
  };
}
