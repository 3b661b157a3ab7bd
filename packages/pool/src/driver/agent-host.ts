import type { AgentRun, AgentRunState, NewEvent, SandboxState } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError, ownEvent, sleep } from "@agent-sdk/core";
import type { AgentObserver } from "../agent/agent-connection.ts";
import { AgentConnection } from "../agent/agent-connection.ts";
import type { OpenedConversation } from "../agent/open-conversation.ts";
import { isAuthenticationRequired, openConversation } from "../agent/open-conversation.ts";
import { writeLaunchFiles } from "../agent/launch-files.ts";
import { applySettings } from "../agent/settings.ts";
import type { Write } from "../commit/session-writer.ts";
import { mayAsk, mustAsk } from "../permissions/session-permissions.ts";
import type { DriverContext } from "./context.ts";
import { untilItsMinuteIsOver } from "./loading-time.ts";
import { lossOf, type ConnectedSandbox, type SandboxHost } from "./sandbox-host.ts";

const stopGraceMs = 2000;
const retryMs = 200;
/** An installation that is done by then is not worth an event. */
const announceAfterMs = 1000;

/** An agent whose conversation is open. */
export interface ReadyAgent {
  readonly connection: AgentConnection;
  readonly innerSessionId: string;
}

/** Keeps one agent process with the session's conversation open in it. */
export class AgentHost {
  readonly #context: DriverContext;
  readonly #host: SandboxHost;
  readonly #observer: AgentObserver;
  readonly #onLost: () => void;
  #connection: AgentConnection | null = null;
  #starting: Promise<ReadyAgent> | null = null;
  /** When the present conversation was begun here, in milliseconds since 1970. */
  #begunAt: number | null = null;
  /** When progress was last told, on the monotonic clock. */
  #announcedAt = -Infinity;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: DriverContext, host: SandboxHost, observer: AgentObserver, onLost: () => void) {
    this.#context = context;
    this.#host = host;
    this.#observer = observer;
    this.#onLost = onLost;
    host.onProgress = (message) => this.#announceProgress(message);
  }

  get connection(): AgentConnection | null {
    return this.#connection;
  }

  /**
   * One at a time: starting, reattaching, cleaning up behind a loss and stopping move the same rows and the same sandbox, whoever asks for them (a turn, a
   * command, the reaper).
   */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const begin = (): Promise<T> => {
      this.#context.assertIntact();
      return work();
    };
    const next = this.#last.then(begin, begin);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** A ready agent, by whatever has to be done for it. Concurrent callers share one attempt. */
  ensure(): Promise<ReadyAgent> {
    this.#starting ??= this.#exclusively(() => this.#ensure()).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** A running sandbox that answers, whatever its agent does: enough for commands and files. */
  ensureSandbox(): Promise<ConnectedSandbox> {
    return this.#exclusively(async () => {
      if (this.#connection?.loss) await this.#settleLoss();
      return this.#host.ensure();
    });
  }

  /** The live process that the row names; null when it is gone, or was never ready. */
  reattach(): Promise<ReadyAgent | null> {
    return this.#exclusively(() => this.#reattach());
  }

  /**
   * Cleans up behind a run that was lost or ended. Resolves when a new one can be started. `write` goes into the commit in which the agent leaves the row:
   * whoever finds the prompt ended finds no agent that could still be at it, and the other way round. `whole`: the sandbox goes with it, for nobody could ask
   * it whether the agent still works.
   */
  settleLoss(write: Write = {}, options: { readonly whole?: boolean } = {}): Promise<void> {
    return this.#exclusively(async () => {
      const whole = options.whole === true || this.#connection?.loss?.sandbox === true;
      await this.#context.write({ ...write, sandbox: this.#stateAfterLoss(whole) });
      await this.#settleLoss();
      if (whole) await this.#host.discard();
    });
  }

  /** The next prompt does not have to carry the conversation any more. */
  contextTold(): Promise<void> {
    return this.#exclusively(async () => {
      const { sandbox } = this.#context;
      if (sandbox.agent) await this.#context.write({ sandbox: { ...sandbox, agent: { ...sandbox.agent, contextPending: false } } });
    });
  }

  /**
   * Ends the agent's process, and then commits `write` with the agent's leaving of the row: nobody finds a stopped agent there that was ready. Where it cannot
   * be told that it ended, its sandbox goes with it.
   */
  stop(write: Write): Promise<void> {
    return this.#exclusively(async () => {
      const isGone = await this.#stopForCertain();
      await this.#context.write({ ...write, sandbox: this.#stateAfterLoss(!isGone) });
      if (!isGone) await this.#host.discard();
    });
  }

  /** Completes what an earlier owner began with the sandbox. */
  recover(): Promise<void> {
    return this.#exclusively(() => this.#host.recover());
  }

  /** Ends the agent in order and then the compute. */
  hibernate(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#stop();
      await this.#host.hibernate();
    });
  }

  /** Destroys the compute; the next use of the session gets a new one. */
  async renew(): Promise<void> {
    await this.detach();
    await this.#exclusively(() => this.#host.discard());
  }

  /** Destroys the compute for good. What is being made meanwhile is taken back first: nothing may appear behind it. */
  async discard(): Promise<void> {
    this.#host.abortCreation();
    await this.detach();
    await this.#exclusively(() => this.#host.discard());
  }

  async #ensure(): Promise<ReadyAgent> {
    if (this.#connection?.loss) await this.#settleLoss();
    const ready = this.#current() ?? (await this.#reattach());
    // A run that ended while nobody watched it is taken up as well: what it still said is read. It takes no prompt.
    if (ready && (await ready.connection.isAlive())) return ready;
    if (this.#connection) await this.#settleLoss();
    await this.#prepareRuntime();
    try {
      return await this.#start(await this.#host.ensure());
    } catch (error) {
      // The sandbox itself failed under a new agent: once more, in a new one.
      if (this.#context.signal.aborted || !isAgentSdkError(error, "unavailable")) throw error;
      await this.#host.discard();
      return this.#start(await this.#host.ensure());
    }
  }

  #current(): ReadyAgent | null {
    const { innerSessionId, sandbox } = this.#context;
    return this.#connection && sandbox.agent?.ready && innerSessionId !== null ? { connection: this.#connection, innerSessionId } : null;
  }

  async #reattach(): Promise<ReadyAgent | null> {
    const current = this.#current();
    if (current) return current;
    const { agent, phase } = this.#context.sandbox;
    if (phase !== "running") return null;
    const connected = await this.#host.attach();
    if (!connected || !agent) return null;
    const state = agent.ready ? await this.#stateOf(connected, agent.runId) : null;
    if (state !== null) {
      const from = this.#context.journal?.runId === agent.runId ? this.#context.journal.position : 0;
      this.#connect(connected, agent.runId, from);
      if (state === "running") await this.#context.announce("restored", { how: "reattach", reason: "the session has a new owner" }, this.#observer.activeRpcId());
      return this.#current();
    }
    await this.#end(connected, agent);
    return null;
  }

  /** Null for a run that the supervisor does not know. Asked for `unreachableMs`: one lost answer does not tell that the agent is gone. */
  async #stateOf(connected: ConnectedSandbox, runId: string): Promise<AgentRunState | null> {
    const { env, options, signal } = this.#context;
    const deadline = env.clock.monotonic() + options.unreachableMs;
    for (;;) {
      try {
        return (await connected.client.agentStatus(runId, { signal })).state;
      } catch (error) {
        if (isAgentSdkError(error, "not_found")) return null;
        if (signal.aborted || !isAgentSdkError(error, "unavailable") || env.clock.monotonic() > deadline) throw error;
        await sleep(env, retryMs, { signal });
      }
    }
  }

  /** Ends a run that nobody can use: half-started by an owner that died. */
  async #end(connected: ConnectedSandbox, agent: AgentRun): Promise<void> {
    const { generation, sandbox } = this.#context;
    await connected.client.stopAgent(agent.runId, { generation, graceMs: stopGraceMs }).catch((error: unknown) => {
      if (!isAgentSdkError(error, "not_found")) throw error;
    });
    await this.#context.write({ sandbox: { ...sandbox, ...lossOf(sandbox), agent: null } });
  }

  #connect(connected: ConnectedSandbox, runId: string, position: number): AgentConnection {
    const connection = new AgentConnection(this.#context, connected.client, runId, position, this.#observer);
    this.#connection = connection;
    connection.start();
    void connection.lost.then(() => this.#onLost());
    return connection;
  }

  /** The agent's runtime is installed on first use; whoever watches the session sees how far it is. */
  async #prepareRuntime(): Promise<void> {
    const { env, agent, signal } = this.#context;
    if (this.#host.provider.capabilities.includesAgents) return;
    await env.catalogue.ensureRuntime(agent.config.agentType, {
      signal,
      onProgress: ({ message, elapsedMs }) => {
        if (elapsedMs >= announceAfterMs) this.#announceProgress(message, { elapsed_ms: elapsedMs });
      },
    });
  }

  /** Whoever watches the session sees how far it is with what takes long, once a second at most; the log has all of it. */
  #announceProgress(message: string, more: { readonly elapsed_ms?: number } = {}): void {
    const { env, log } = this.#context;
    const now = env.clock.monotonic();
    const isDue = now - this.#announcedAt >= announceAfterMs;
    log[isDue ? "info" : "debug"]({ ...this.#context.fields(), ...more }, message);
    if (!isDue) return;
    this.#announcedAt = now;
    this.#context.announce("sandbox_changed", { status: "preparing", reason: message, ...more }, this.#observer.activeRpcId()).catch((error: unknown) => {
      log.warn({ ...this.#context.fields(), error: describeError(error) }, "progress could not be recorded");
    });
  }

  async #start(connected: ConnectedSandbox): Promise<ReadyAgent> {
    const { env, agent, generation, settings, signal, options } = this.#context;
    const runId = env.random.uuid();
    const definition = env.catalogue.get(agent.config.agentType);
    const { credentials: _source, files, ...launch } = definition.launch({
      config: agent.config,
      paths: connected.sandbox.paths,
      cwd: connected.sandbox.paths.root,
      env: settings.env,
      secrets: settings.secrets,
      serverCredentials: options.serverCredentials,
      asks: mustAsk(this.#context),
    });
    await writeLaunchFiles(connected.client, files, { signal });
    await this.#context.write({ sandbox: { ...this.#context.sandbox, agent: { runId, ready: false, contextPending: false } } });
    await connected.client.startAgent(runId, { ...launch, overflow: "block" }, { generation, signal });
    const connection = this.#connect(connected, runId, 0);
    try {
      return await this.#open(connection, connected);
    } catch (error) {
      await this.#abandon(connected, connection);
      throw explain(error, connection);
    }
  }

  async #open(connection: AgentConnection, connected: ConnectedSandbox): Promise<ReadyAgent> {
    const { agent, conversationStarted, env, innerSessionId, options, sandbox } = this.#context;
    const { behaviour } = env.catalogue.get(agent.config.agentType);
    const opened = await openConversation(connection, {
      cwd: connected.sandbox.paths.root,
      mcpServers: agent.config.mcpServers,
      // A conversation that never had a prompt cannot be loaded by most agents, and there is nothing in it to lose.
      previousId: conversationStarted ? innerSessionId : null,
      hasTranscript: conversationStarted,
      timeoutMs: options.agentStartMs,
      repeatsAfterLoading: behaviour.repeatsAfterLoading,
      beforeLoading: () => (behaviour.loadsOnlyAfterItsMinute ? this.#untilLoadable() : Promise.resolve()),
      elicits: mayAsk(this.#context),
    });
    if (opened.how !== "load" && opened.how !== "resume") this.#begunAt = env.clock.now();
    await applySettings(connection, opened.innerSessionId, opened.offered, agent.config, behaviour);
    await this.#context.write({
      events: this.#restoredEvents(opened),
      journal: { runId: connection.runId, position: connection.position },
      sandbox: { ...sandbox, agent: { runId: connection.runId, ready: true, contextPending: opened.how === "replay" } },
      innerSessionId: opened.innerSessionId,
    });
    return { connection, innerSessionId: opened.innerSessionId };
  }

  async #untilLoadable(): Promise<void> {
    const { env, lastActiveBefore, signal } = this.#context;
    const waitMs = untilItsMinuteIsOver({ now: env.clock.now(), begunAt: this.#begunAt, lastActiveAt: lastActiveBefore });
    if (waitMs === 0) return;
    const reason = `This agent can load a conversation only when the minute in which it was begun is over: ${Math.ceil(waitMs / 1000)} s more.`;
    await this.#context.announce("sandbox_changed", { status: "preparing", reason }, this.#observer.activeRpcId());
    await sleep(env, waitMs, { signal });
  }

  #restoredEvents(opened: OpenedConversation): readonly NewEvent[] {
    if (opened.how === "new") return [];
    return [{ rpcId: this.#observer.activeRpcId(), message: ownEvent("restored", { how: opened.how, reason: opened.reason, inner_session_id: opened.innerSessionId }) }];
  }

  async #abandon(connected: ConnectedSandbox, connection: AgentConnection): Promise<void> {
    this.#connection = null;
    const lost = connection.loss;
    await connection.close();
    if (this.#context.signal.aborted) return;
    if (lost?.sandbox) return this.#host.discard();
    const { agent } = this.#context.sandbox;
    if (agent) await this.#end(connected, agent);
  }

  /** The row after a loss: without the agent, and on its way out with a sandbox that is lost as a whole. */
  #stateAfterLoss(whole: boolean): SandboxState {
    const { sandbox } = this.#context;
    return { ...sandbox, agent: null, lossUnsettled: false, phase: whole && sandbox.phase === "running" ? "destroying" : sandbox.phase };
  }

  async #settleLoss(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    if (!connection) return;
    await connection.close();
    if (connection.loss?.sandbox) return this.#host.discard();
    // A run that the row forgets must not live on.
    if (!connection.loss && !(await this.#stopRun(connection.runId))) return this.#host.discard();
    const { sandbox } = this.#context;
    if (sandbox.agent) await this.#context.write({ sandbox: { ...sandbox, ...lossOf(sandbox), agent: null } });
  }

  /** The run that the row names, whether it is read here or not. A sandbox that does not answer is destroyed. @returns whether nothing of it runs any more */
  async #stopForCertain(): Promise<boolean> {
    const { agent } = this.#context.sandbox;
    if (agent && !this.#host.connected) await this.#host.attach();
    const isGone = !agent || !this.#host.connected || (await this.#stopRun(agent.runId));
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
    return isGone;
  }

  async #stop(): Promise<void> {
    const connected = this.#host.connected;
    const connection = this.#connection;
    if (!connected || !connection) return;
    await this.#stopRun(connection.runId);
    this.#connection = null;
    await connection.close();
  }

  /** @returns false when it may run still: it ends with its sandbox at the latest */
  async #stopRun(runId: string): Promise<boolean> {
    const { generation } = this.#context;
    try {
      await this.#host.connected?.client.stopAgent(runId, { generation, graceMs: stopGraceMs });
      return true;
    } catch (error) {
      if (isAgentSdkError(error, "not_found")) return true;
      this.#context.log.warn({ ...this.#context.fields(), error: describeError(error) }, "the agent could not be stopped in order");
      return false;
    }
  }

  /** Stops reading; the agent goes on in its sandbox. */
  async detach(): Promise<void> {
    await this.#connection?.close();
  }
}

/** Errors of an agent's start, in the words of ours. */
function explain(error: unknown, connection: AgentConnection): unknown {
  if (isAgentSdkError(error, "superseded") || isAgentSdkError(error, "aborted") || isAgentSdkError(error, "bad_request")) return error;
  if (isAuthenticationRequired(error)) return new AgentSdkError("sandbox_failed", "The agent asks for credentials: give the session its key as a secret, or configure one for the server.", { cause: error, details: { kind: "auth_required" } });
  const stderr = connection.loss?.stderr ?? [];
  const said = error instanceof Error ? error.message : String(error);
  return new AgentSdkError("sandbox_failed", `The agent could not be started: ${said}`, { cause: error, details: { kind: connection.loss?.kind ?? "agent_error", stderr } });
}
