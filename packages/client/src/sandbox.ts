import type { ExecAnswer, ExecBody, SandboxAnswer } from "@agent-sdk/core/api";
import type { ApiClient } from "./api-client.ts";
import type { CallOptions } from "./call-options.ts";
import { SandboxFiles } from "./sandbox-files.ts";

/** Gives a session's id, which an `Agent` has only once its session is made. */
export type SessionIdSource = (options: CallOptions) => Promise<string>;

/** `timeout` in seconds, 30 where it is not given, 300 at most. */
export type ExecOptions = CallOptions & Omit<ExecBody, "command">;

/** Where a session's agent works: its commands and files, without the agent. */
export class Sandbox {
  readonly files: SandboxFiles;
  readonly #api: ApiClient;
  readonly #id: SessionIdSource;

  /** @internal Take the `sandbox` of a session or an agent. */
  constructor(api: ApiClient, id: SessionIdSource) {
    this.#api = api;
    this.#id = id;
    this.files = new SandboxFiles(api, id);
  }

  /** Runs a shell command. Its exit code is no error of this call. Aborting kills the command. Brings a hibernated session back. */
  async exec(command: string, options: ExecOptions = {}): Promise<ExecAnswer> {
    const { signal, ...rest } = options;
    return this.#api.exec(await this.#id(options), { command, ...rest }, { signal });
  }

  /** Which sandbox it is and whether it runs. Never wakes it. */
  async status(options: CallOptions = {}): Promise<SandboxAnswer> {
    return this.#api.getSandbox(await this.#id(options), options);
  }
}
