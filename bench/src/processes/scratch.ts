import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killMarkedBy } from "./proc.ts";

/** The run's temporary directory. Its disposal ends whatever still runs for it, and says so: that is somebody's defect. */
export class Scratch implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), "agent-sdk-bench-")));
  }

  async directory(name: string): Promise<string> {
    const path = join(this.path, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = await killMarkedBy(this.path);
    if (left.length > 0) console.error(`left behind and killed: processes ${left.join(", ")}`);
    await rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
