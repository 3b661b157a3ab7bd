import { realpathSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  AgentSdkError, assertResourceName, describeError, isResourceName, type ProviderCapabilities, type RuntimeEnv, type Sandbox, type SandboxLabels, type SandboxProvider, type SandboxRecipe, type SandboxSpec,
  type SandboxStatus, type SandboxSummary, type SupervisorTransport,
} from "@agent-sdk/core";
import type { Context } from "./context.ts";
import { createSandbox } from "./create-sandbox.ts";
import { destroySandbox } from "./destroy-sandbox.ts";
import { liesIn } from "./directories/confined-directory.ts";
import { layoutOf } from "./directories/layout.ts";
import { isSystemPath } from "./isolation/bubblewrap-arguments.ts";
import { resolveIsolation, type Isolation, type IsolationMode } from "./isolation/isolation.ts";
import { readMarker, type Marker } from "./marker/marker.ts";
import { statusOf } from "./marker/sandbox-status.ts";
import { removeRefuse } from "./remove-refuse.ts";
import { sandboxFrom } from "./sandbox-from-marker.ts";
import { boundLog } from "./supervisor/log-file.ts";
import { validateRecipe } from "./validate-recipe.ts";
import { LocalVolumes } from "./volumes.ts";

export interface UnixLocalOptions {
  /** Where volumes and sandboxes live: AGENT_SDK_HOME. Defaults to `~/.agent-sdk`; made when it is missing. */
  readonly home?: string | undefined;
  /** Where agents' runtimes are; sandboxes read it. Defaults to `<home>/runtimes`. */
  readonly runtimeDirectory?: string | undefined;
  /** Defaults to `auto`: namespaces where bubblewrap is installed, else plain processes with a warning. */
  readonly isolation?: IsolationMode | undefined;
  readonly env: RuntimeEnv;
  readonly transport: SupervisorTransport;
  /** The Node that runs supervisors and agents. Defaults to this process's own. */
  readonly nodePath?: string | undefined;
  /** Where bubblewrap is looked for. Defaults to this process's PATH. */
  readonly searchPath?: string | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The same answer, or the same error, for every call after the first. */
function once<Value>(ask: () => Value): () => Value {
  let answer: (() => Value) | undefined;
  return () => {
    if (!answer) {
      try {
        const value = ask();
        answer = () => value;
      } catch (error) {
        answer = () => {
          throw error;
        };
      }
    }
    return answer();
  };
}

/** What sandboxes may not see must not lie in what all of them see. */
function assertHidden(home: string, runtimeDirectory: string, isolation: Isolation): void {
  if (isolation.level !== "namespace") return;
  if (!isSystemPath(home) && !liesIn(runtimeDirectory, home)) return;
  throw new AgentSdkError("not_supported", "AGENT_SDK_HOME lies in a directory that every sandbox can read (the system's programs or the runtime directory). Choose another.");
}

function makeContext(options: UnixLocalOptions): Context {
  const home = resolve(options.home ?? join(homedir(), ".agent-sdk"));
  const runtimeDirectory = resolve(options.runtimeDirectory ?? join(home, "runtimes"));
  const layout = layoutOf(home);
  const { env, transport } = options;
  const isolation = once(() => {
    const found = resolveIsolation({ mode: options.isolation ?? "auto", searchPath: options.searchPath ?? process.env["PATH"] ?? "", log: env.log });
    assertHidden(home, runtimeDirectory, found);
    return found;
  });
  return { env, transport, layout, runtimeDirectory, isolation, volumes: new LocalVolumes(layout, env.random), node: realpathSync(options.nodePath ?? process.execPath) };
}

class UnixLocalProvider implements SandboxProvider {
  readonly name = "unix_local";
  readonly #context: Context;
  #prepared: Promise<void> | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  get volumes(): LocalVolumes {
    return this.#context.volumes;
  }

  get capabilities(): ProviderCapabilities {
    const { level } = this.#context.isolation();
    return {
      isolation: level,
      sharedWorkspace: true,
      stop: false,
      pause: false,
      snapshot: false,
      images: false,
      resources: [],
      networkPolicies: level === "namespace" ? ["none", "open"] : ["open"],
      volumeFiles: true,
    };
  }

  validate(recipe: SandboxRecipe): void {
    validateRecipe(recipe, this.capabilities);
  }

  async create(spec: SandboxSpec, options: CallOptions = {}): Promise<Sandbox> {
    options.signal?.throwIfAborted();
    this.validate(spec.recipe);
    await this.#prepare();
    return createSandbox(this.#context, spec, options);
  }

  async attach(ref: string, options: CallOptions & { readonly supervisorToken: string }): Promise<Sandbox> {
    options.signal?.throwIfAborted();
    const marker = await this.#marker(ref);
    const status = marker ? statusOf(marker) : "missing";
    if (marker === null || status === "missing") throw new AgentSdkError("not_found", `There is no running sandbox ${ref}.`);
    if (status === "transitional") throw new AgentSdkError("unavailable", `The sandbox ${ref} is still being made.`);
    const { log, marker: markerPath } = this.#context.layout.sandbox(ref);
    await boundLog(log);
    return sandboxFrom(marker, { token: options.supervisorToken, markerPath });
  }

  async status(ref: string, options: CallOptions = {}): Promise<SandboxStatus> {
    options.signal?.throwIfAborted();
    try {
      const marker = await this.#marker(ref);
      return marker ? statusOf(marker) : "missing";
    } catch (error) {
      this.#context.env.log.warn({ sandboxId: ref, error: describeError(error) }, "A sandbox's marker cannot be read.");
      return "unknown";
    }
  }

  stop(): Promise<void> {
    return Promise.reject(new AgentSdkError("not_supported", "A local sandbox cannot be stopped and started again: destroy it, its volume stays."));
  }

  async destroy(ref: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await destroySandbox(this.#context, { id: ref, marker: await this.#readableMarker(ref) }, options);
  }

  async *list(labels: Partial<SandboxLabels> & Pick<SandboxLabels, "origin">, options: CallOptions = {}): AsyncGenerator<SandboxSummary> {
    await this.#prepare();
    for (const entry of await readdir(this.#context.layout.sandboxes)) {
      options.signal?.throwIfAborted();
      const marker = isResourceName(entry) ? await this.#readableMarker(entry) : null;
      if (marker === null || !bears(marker.labels, labels)) continue;
      yield { ref: marker.labels.sandboxId, labels: marker.labels, status: statusOf(marker), createdAt: new Date(marker.createdAt) };
    }
  }

  /** Holds nothing: sandboxes outlive the provider by design. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** Makes the home directory once. A failure is not kept: the next call tries again. */
  #prepare(): Promise<void> {
    const prepared = (this.#prepared ??= prepareHome(this.#context));
    return prepared.catch((error: unknown) => {
      if (this.#prepared === prepared) this.#prepared = undefined;
      throw error;
    });
  }

  async #marker(ref: string): Promise<Marker | null> {
    assertResourceName("sandbox", ref);
    return readMarker(this.#context.layout.sandbox(ref).marker);
  }

  async #readableMarker(ref: string): Promise<Marker | null> {
    try {
      return await this.#marker(ref);
    } catch (error) {
      if (error instanceof AgentSdkError) throw error;
      this.#context.env.log.warn({ sandboxId: ref, error: describeError(error) }, "A sandbox's marker cannot be read.");
      return null;
    }
  }
}

async function prepareHome(context: Context): Promise<void> {
  await mkdir(context.layout.volumes, { recursive: true, mode: 0o700 });
  await mkdir(context.layout.sandboxes, { recursive: true, mode: 0o700 });
  await removeRefuse(context);
}

function bears(labels: SandboxLabels, wanted: Partial<SandboxLabels>): boolean {
  return (["origin", "sandboxId", "sessionId"] as const).every((name) => wanted[name] === undefined || labels[name] === wanted[name]);
}

/**
 * Sandboxes as processes of this machine, below one directory. Makes nothing until it is used. Reading `capabilities` and `validate` find out
 * once what isolation the machine offers (about 20 ms).
 * @throws AgentSdkError `not_supported` from those and from `create` when the wanted isolation cannot be had.
 */
export function unixLocalProvider(options: UnixLocalOptions): SandboxProvider {
  return new UnixLocalProvider(makeContext(options));
}
