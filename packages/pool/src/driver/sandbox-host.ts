import type { Sandbox, SandboxProvider, SandboxState, SandboxSummary, SupervisorClient } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, sleep, withoutSandbox } from "@agent-sdk/core";
import { withDeadline } from "../signals.ts";
import type { DriverContext } from "./context.ts";

const destroyDelaysMs: readonly number[] = [100, 500, 2000];
/** Bound of one attempt to reach a sandbox that should be running. */
const attachMs = 5000;

/** A sandbox that answers and obeys this ownership's generation. */
export interface ConnectedSandbox {
  readonly client: SupervisorClient;
  readonly sandbox: Sandbox;
}

/** Moves the session's compute between its phases. Each step is a row before the provider is asked, so whoever comes next can finish it. */
export class SandboxHost {
  readonly #context: DriverContext;
  #connected: ConnectedSandbox | null = null;
  readonly #creation = new AbortController();
  /** Told a sentence at each step of a creation that takes long. */
  onProgress: (message: string) => void = () => undefined;

  constructor(context: DriverContext) {
    this.#context = context;
  }

  get connected(): ConnectedSandbox | null {
    return this.#connected;
  }

  get provider(): SandboxProvider {
    const { env, sandbox } = this.#context;
    const provider = env.providers.get(sandbox.recipe.provider);
    if (!provider) throw new AgentSdkError("not_supported", `This server has no provider ${sandbox.recipe.provider}.`);
    return provider;
  }

  /** Completes what an earlier owner began: nothing half-made or half-destroyed is left when it resolves. */
  async recover(): Promise<void> {
    const { sandbox } = this.#context;
    if (sandbox.phase === "creating") {
      await this.#destroyNamed();
      await this.#context.write({ sandbox: { ...withoutSandbox(sandbox.recipe, { hibernated: sandbox.hibernated }), ...lossOf(sandbox) } });
    } else if (sandbox.phase === "stopping" || sandbox.phase === "destroying") {
      await this.#finishDestroying();
    }
  }

  /** A running sandbox: the one that there is, or a new one. @throws what the provider says. */
  async ensure(): Promise<ConnectedSandbox> {
    if (this.#connected && (await this.#answers(this.#connected))) return this.#connected;
    if (this.#connected) await this.discard();
    await this.recover();
    const attached = this.#context.sandbox.phase === "running" ? await this.attach() : null;
    return attached ?? this.#create();
  }

  async #answers({ client }: ConnectedSandbox): Promise<boolean> {
    const { options, signal, log } = this.#context;
    try {
      await client.health({ timeoutMs: options.unreachableMs, signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ ...this.#context.fields(), error: describeError(error) }, "the sandbox does not answer any more and is replaced");
      return false;
    }
  }

  /** The running sandbox of the row, or null when it is gone or does not answer; then it is destroyed, too. */
  async attach(): Promise<ConnectedSandbox | null> {
    if (this.#connected) return this.#connected;
    const { ref, endpoint } = this.#context.sandbox;
    if (ref && endpoint) {
      try {
        return await this.#connect(await this.#reach(ref, endpoint.token));
      } catch (error) {
        this.#context.signal.throwIfAborted();
        if (isAgentSdkError(error, "superseded") && !(await this.#context.isCurrent())) throw error;
        this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "the sandbox cannot be attached and is replaced");
      }
    }
    await this.discard();
    return null;
  }

  /** Tries for `unreachableMs`: one transient failure does not destroy a healthy sandbox. */
  async #reach(ref: string, supervisorToken: string): Promise<Sandbox> {
    const { env, options, signal } = this.#context;
    const deadline = env.clock.monotonic() + options.unreachableMs;
    for (;;) {
      try {
        return await withDeadline(env, attachMs, "Attaching the sandbox", signal, (inner) => this.provider.attach(ref, { supervisorToken, signal: inner }));
      } catch (error) {
        if (signal.aborted || isAgentSdkError(error, "not_found") || env.clock.monotonic() > deadline) throw error;
        await sleep(env, 200, { signal });
      }
    }
  }

  async #connect(sandbox: Sandbox): Promise<ConnectedSandbox> {
    const { env, generation, options, signal } = this.#context;
    const client = env.supervisors.connect(sandbox.endpoint);
    try {
      await withDeadline(env, options.unreachableMs, "The sandbox's first answer", signal, (inner) => client.fence({ generation, signal: inner }));
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
    const { sandbox: state } = this.#context;
    if (state.endpoint?.url !== sandbox.endpoint.url || state.endpoint.socketPath !== sandbox.endpoint.socketPath) {
      await this.#context.write({ sandbox: { ...state, endpoint: sandbox.endpoint, paths: sandbox.paths } });
    }
    this.#connected = { client, sandbox };
    return this.#connected;
  }

  async #create(): Promise<ConnectedSandbox> {
    const { env, sandbox: before, log } = this.#context;
    const sandboxId = env.random.uuid();
    await this.#context.write({ sandbox: { ...withoutSandbox(before.recipe, before), ...lossOf(before), phase: "creating", sandboxId } });
    const started = env.clock.monotonic();
    try {
      const sandbox = await this.#createWithProvider(sandboxId);
      await this.#context.write({ sandbox: runningState(this.#context.sandbox, sandbox) });
      log.info({ ...this.#context.fields(), sandbox_id: sandboxId, ms: Math.round(env.clock.monotonic() - started) }, "sandbox created");
      return await this.#connect(sandbox);
    } catch (error) {
      await this.#abandonCreation(sandboxId, error);
      throw error;
    }
  }

  async #createWithProvider(sandboxId: string): Promise<Sandbox> {
    const { env, options, sessionId, settings, sandbox, agent, signal } = this.#context;
    const session = await env.store.sessions.get(sessionId);
    const volume = session && (await env.store.volumes.get(session.volumeId));
    if (!volume?.providerRef) throw new AgentSdkError("conflict", "The session's volume is gone.");
    return this.provider.create(
      {
        labels: { origin: options.origin, sandboxId, sessionId },
        recipe: sandbox.recipe,
        home: { volumeRef: volume.providerRef, subpath: settings.workspace ? `workspaces/${settings.workspace}` : `agents/${agent.id}/home` },
        cwd: settings.cwd,
        env: env.catalogue.get(agent.config.agentType).sandboxEnvironment(settings),
        supervisorToken: env.random.token(32),
      },
      { signal: AbortSignal.any([signal, this.#creation.signal]), onProgress: (message) => this.onProgress(message) },
    );
  }

  /** A sandbox that is being made is not wanted any more. For good: the session is being deleted. */
  abortCreation(): void {
    this.#creation.abort(new AgentSdkError("aborted", "The session is being deleted."));
  }

  /**
   * The provider removed what it made; anything left bears the label. An owner that was superseded leaves it to the next one, who finds `creating`, or is bound
   * to it already: the row may say `running` though the reply that said so was lost.
   */
  async #abandonCreation(sandboxId: string, error: unknown): Promise<void> {
    if (isAgentSdkError(error, "superseded") || this.#context.signal.aborted) {
      await this.#destroyUnlessBound(sandboxId).catch((cause: unknown) => this.#context.log.warn({ ...this.#context.fields(), error: describeError(cause) }, "left to the sweep"));
      return;
    }
    await this.discard();
  }

  /** A sandbox id that no session refers to any more is never referred to again. */
  async #destroyUnlessBound(sandboxId: string): Promise<void> {
    const owners = await this.#context.env.store.sessions.findSandboxOwners([sandboxId]);
    if (!owners.has(sandboxId)) await this.#destroyLabelled(sandboxId);
  }

  /** Destroys the compute, whatever its state. Resolves when it is gone and the row says so. */
  async discard(): Promise<void> {
    await this.disconnect();
    const { sandbox } = this.#context;
    if (sandbox.phase === "none") return;
    if (sandbox.phase !== "destroying") await this.#context.write({ sandbox: { ...sandbox, ...lossOf(sandbox), phase: "destroying", agent: null } });
    await this.#finishDestroying();
  }

  /** Ends the compute of an idle session and marks it as hibernated. */
  async hibernate(): Promise<void> {
    await this.disconnect();
    const { sandbox } = this.#context;
    if (sandbox.phase === "none") return;
    if (sandbox.phase === "running") await this.#context.write({ sandbox: { ...sandbox, phase: "stopping" } });
    await this.#finishDestroying();
  }

  async disconnect(): Promise<void> {
    const connected = this.#connected;
    this.#connected = null;
    await connected?.client[Symbol.asyncDispose]();
  }

  async #finishDestroying(): Promise<void> {
    const { env, signal } = this.#context;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#destroyNamed();
        break;
      } catch (error) {
        const delay = destroyDelaysMs[attempt];
        // The row still says what is to be done: not hibernated before the compute is gone.
        if (delay === undefined || signal.aborted) throw error;
        await sleep(env, delay, { signal });
      }
    }
    const { sandbox } = this.#context;
    await this.#context.write({ sandbox: { ...withoutSandbox(sandbox.recipe, { hibernated: true }), ...lossOf(sandbox) } });
  }

  /** By its reference where it is known, and by its label otherwise: a creation may have got further than its row. */
  async #destroyNamed(): Promise<void> {
    this.#context.assertIntact();
    const { sandbox } = this.#context;
    if (sandbox.ref) await this.provider.destroy(sandbox.ref);
    else if (sandbox.sandboxId) await this.#destroyLabelled(sandbox.sandboxId);
  }

  async #destroyLabelled(sandboxId: string): Promise<void> {
    const left: SandboxSummary[] = [];
    for await (const summary of this.provider.list({ origin: this.#context.options.origin, sandboxId })) left.push(summary);
    for (const summary of left) await this.provider.destroy(summary.ref);
  }
}

/** What is to be carried on when a ready agent leaves the row: see {@link SandboxState.lossUnsettled}. */
export function lossOf(sandbox: SandboxState): Pick<SandboxState, "lossUnsettled"> {
  return sandbox.agent?.ready || sandbox.lossUnsettled ? { lossUnsettled: true } : {};
}

function runningState(state: SandboxState, sandbox: Sandbox): SandboxState {
  return { ...state, phase: "running", ref: sandbox.ref, endpoint: sandbox.endpoint, paths: sandbox.paths, isolation: sandbox.isolation, agent: null };
}
