import { mkdtemp, readdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { processesWithHome } from "./processes.ts";

/** Where agents' runtimes are installed once for all tests. */
export const runtimeDirectory: string = process.env["AGENT_SDK_RUNTIME_DIR"] ?? join(process.env["AGENT_SDK_HOME"] ?? join(homedir(), ".agent-sdk"), "runtimes");

/** An AGENT_SDK_HOME of its own. Its disposal fails when a process of it is alive or a sandbox of it is left. */
export class Workspace implements AsyncDisposable {
  readonly home: string;

  private constructor(home: string) {
    this.home = home;
  }

  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), "agent-sdk-e2e-")));
  }

  async leftovers(): Promise<readonly string[]> {
    const sandboxes = await readdir(join(this.home, "sandboxes")).catch(() => []);
    const processes = await processesWithHome(this.home);
    return [...sandboxes.map((name) => `sandbox ${name}`), ...processes.map(({ pid, command }) => `process ${pid} ${command}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.leftovers();
    for (const { pid } of await processesWithHome(this.home)) process.kill(pid, "SIGKILL");
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
  }
}
