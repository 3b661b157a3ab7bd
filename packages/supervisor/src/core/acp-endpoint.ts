import { Buffer } from "node:buffer";
import type { JsonObject, JsonRpcId, RuntimeEnv } from "@agent-sdk/core";
import { AgentSdkError, classifyMessage, isJsonObject } from "@agent-sdk/core";
import { AcpStreamEncoder, type EventSink, sseEvent } from "./acp-stream.ts";
import type { AgentRun } from "./agent-run.ts";
import { JournalReader } from "./journal-reader.ts";
import { withId } from "./outbound.ts";

const maxConnections = 64;
/** Requests that the endpoint itself asks of the agent; no stream carries their answers. */
const ownConnectionId = "";
/** Its answer goes to the connection's stream, since the session's is not open before it. */
const loadMethod = "session/load";
const cancelMethod = "$/cancel_request";

interface StreamState {
  /** The last position that left this process on this stream. */
  sent: number;
  isOpen: boolean;
}

/** A client of the transport. It outlives its streams: a dropped one is opened again and goes on. */
interface AcpConnection {
  readonly id: string;
  /** The newest record when it was made; its streams begin behind it. */
  readonly createdAt: number;
  readonly streams: Map<string | null, StreamState>;
}

/** An open stream, to be told of drains and of its end. */
export interface AcpStream {
  drained(): void;
  close(): void;
}

/**
 * One run as any number of clients of ACP's streamable HTTP transport see it: each has its own request ids, all share the one agent. Messages are
 * carried as they are; only ids are exchanged. Nothing here ends the agent: a client that leaves only detaches.
 */
export class AcpEndpoint {
  readonly #run: AgentRun;
  readonly #env: RuntimeEnv;
  readonly #connections = new Map<string, AcpConnection>();
  #initialized: Buffer | null = null;
  #initializeWaiters: ((answer: Buffer) => void)[] = [];

  constructor(run: AgentRun, env: RuntimeEnv) {
    this.#run = run;
    this.#env = env;
    run.onAnswer = (request, line, failed) => {
      if (request.method !== "initialize") return;
      if (!failed) this.#initialized ??= Buffer.from(line);
      for (const resolve of this.#initializeWaiters.splice(0)) resolve(line);
    };
  }

  /**
   * Makes a connection. The agent is asked to initialize once in its life, with the first client's parameters; later clients get the same result.
   * @returns the answer's line under this client's id.
   */
  async initialize(line: Buffer, id: JsonRpcId): Promise<{ readonly connectionId: string; readonly answer: Buffer }> {
    this.#makeRoom();
    const answer = this.#initialized ?? (await this.#askInitialize(line, id));
    const connectionId = this.#env.random.token(18);
    this.#connections.set(connectionId, { id: connectionId, createdAt: this.#run.journal.lastPosition, streams: new Map() });
    return { connectionId, answer: withId(answer, id) };
  }

  /** Forgets a connection: no more. @throws AgentSdkError `not_found`. */
  detach(connectionId: string): void {
    this.#connection(connectionId);
    this.#connections.delete(connectionId);
  }

  /** Takes one message of a client. `sessionId` is that of its header. @throws AgentSdkError `not_found`, `bad_request`. */
  receive(connectionId: string, sessionId: string | null, line: Buffer, message: JsonObject): void {
    this.#connection(connectionId);
    const kind = classifyMessage(message);
    if (kind === "invalid") throw new AgentSdkError("bad_request", "The message is not a JSON-RPC request, notification or response.");
    if (kind === "response") return this.#receiveAnswer(sessionId, line, message["id"] as JsonRpcId);
    const method = message["method"] as string;
    assertSession(message, method, sessionId);
    if (method === cancelMethod) return this.#receiveCancel(connectionId, message);
    if (kind === "notification") return this.#run.notify(line);
    this.#run.request(line, message["id"] as JsonRpcId, method, { connectionId, sessionId: method === loadMethod ? null : sessionId });
  }

  /**
   * Opens a stream behind `after`, or, without it, where this connection's stream left off.
   * @throws AgentSdkError `conflict` when it is open already, `cursor_expired` and `bad_request` for a position that cannot be served.
   */
  openStream(connectionId: string, sessionId: string | null, after: number | undefined, begin: () => EventSink): AcpStream {
    const connection = this.#connection(connectionId);
    const { journal } = this.#run;
    const state = connection.streams.get(sessionId) ?? { sent: connection.createdAt, isOpen: false };
    if (state.isOpen) throw new AgentSdkError("conflict", "This stream has a receiver already.");
    const cursor = journal.cursor(after ?? state.sent);
    state.isOpen = true;
    state.sent = after ?? state.sent;
    connection.streams.set(sessionId, state);
    const sink = begin();
    const offered = this.#offered(sessionId, state.sent, after === undefined ? journal.lastPosition : connection.createdAt);
    if (offered.length > 0) sink.write(Buffer.concat(offered), () => undefined);
    const encoder = new AcpStreamEncoder(this.#run, { connectionId, sessionId }, cursor.firstPosition, sink, (position) => (state.sent = position));
    const reader = new JournalReader(journal, cursor, encoder);
    return {
      drained: () => reader.drained(),
      close() {
        state.isOpen = false;
        reader.close();
      },
    };
  }

  /** Open questions of the agent that the stream itself will not carry, since they are older than it. */
  #offered(sessionId: string | null, after: number, upTo: number): Buffer[] {
    const requests = this.#run.unanswered.values().filter((request) => request.sessionId === sessionId && request.position <= Math.min(after, upTo));
    return requests.flatMap((request) => sseEvent(request.line.subarray(0, -1), null));
  }

  #connection(connectionId: string): AcpConnection {
    const connection = this.#connections.get(connectionId);
    if (!connection) throw new AgentSdkError("not_found", "There is no such Acp-Connection-Id.");
    return connection;
  }

  #makeRoom(): void {
    if (this.#connections.size < maxConnections) return;
    const idle = [...this.#connections.values()].find((connection) => [...connection.streams.values()].every((stream) => !stream.isOpen));
    if (!idle) throw new AgentSdkError("rate_limited", `An agent has ${maxConnections} connections at most.`);
    this.#connections.delete(idle.id);
  }

  #askInitialize(line: Buffer, id: JsonRpcId): Promise<Buffer> {
    if (!this.#run.isAsked("initialize")) this.#run.request(line, id, "initialize", { connectionId: ownConnectionId, sessionId: null });
    return new Promise((resolve) => this.#initializeWaiters.push(resolve));
  }

  /** The first answer counts, whoever gives it; later ones are taken and dropped. */
  #receiveAnswer(sessionId: string | null, line: Buffer, id: JsonRpcId): void {
    const request = this.#run.unanswered.get(id);
    if (request && request.sessionId !== null && request.sessionId !== sessionId) throw new AgentSdkError("bad_request", "Acp-Session-Id is not that of the request.");
    this.#run.answer(line, id);
  }

  /** A client names its own request; the agent knows it by another id. One that is answered already needs no cancelling. */
  #receiveCancel(connectionId: string, message: JsonObject): void {
    const params = isJsonObject(message["params"]) ? message["params"] : {};
    const agentId = this.#run.agentIdOf(connectionId, params["requestId"] as JsonRpcId);
    if (agentId === undefined) return;
    this.#run.notify(Buffer.from(`${JSON.stringify({ ...message, params: { ...params, requestId: agentId } })}\n`));
  }
}

/** The transport's rule: a message for a session names it in its header too, so that it can be routed unread. */
function assertSession(message: JsonObject, method: string, sessionId: string | null): void {
  const params = message["params"];
  const inBody = isJsonObject(params) ? params["sessionId"] : undefined;
  if (typeof inBody !== "string" || inBody === sessionId) return;
  throw new AgentSdkError("bad_request", sessionId === null ? `${method} needs the header Acp-Session-Id.` : "Acp-Session-Id is not that of the message.");
}
