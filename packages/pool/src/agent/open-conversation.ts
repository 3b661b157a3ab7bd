import type { JsonObject, JsonValue } from "@agent-sdk/core";
import { AgentSdkError, isJsonObject, isStorableText } from "@agent-sdk/core";
import type { AgentConnection } from "./agent-connection.ts";
import { AgentRpcError, authenticationRequired } from "./rpc-error.ts";
import type { Offered } from "./settings.ts";
import { readOffered } from "./settings.ts";

/** How a conversation came back. `new`: there was none to bring back. */
export type RestoredHow = "fresh" | "load" | "new" | "reattach" | "replay" | "resume";

export interface OpenedConversation {
  readonly innerSessionId: string;
  readonly how: RestoredHow;
  /** Why not a better rung of the ladder; null when the best was taken. */
  readonly reason: string | null;
  readonly offered: Offered;
}

export interface ConversationRequest {
  readonly cwd: string;
  readonly mcpServers: readonly JsonObject[];
  /** The agent's id of the conversation that is to come back; null: begin one. */
  readonly previousId: string | null;
  /** Whether there is a text of the conversation to tell a new one with. */
  readonly hasTranscript: boolean;
  readonly timeoutMs: number;
  /** The agent goes on repeating a loaded conversation behind its answer. */
  readonly repeatsAfterLoading: boolean;
  /** Resolves when the conversation may be loaded. */
  beforeLoading(): Promise<void>;
  /** Whether there is somebody whom the agent can ask with forms and addresses. */
  readonly elicits: boolean;
}

/** ACP v1 (https://agentclientprotocol.com/protocol/initialization): neither file system nor terminals are offered; agents bring their own. */
function initializeParams(elicits: boolean): JsonObject {
  return {
    protocolVersion: 1,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false, ...(elicits ? { elicitation: { form: {}, url: {} } } : {}) },
    clientInfo: { name: "agent-sdk", title: "Agent SDK", version: "0.0.0" },
  };
}

/** Characters. Agents use UUIDs and the like. */
const maxSessionId = 512;

interface Rungs {
  readonly resume: boolean;
  readonly load: boolean;
}

function readRungs(initialized: JsonValue): Rungs {
  const capabilities = isJsonObject(initialized) ? initialized["agentCapabilities"] : null;
  if (!isJsonObject(capabilities)) return { resume: false, load: false };
  const session = capabilities["sessionCapabilities"];
  return { resume: isJsonObject(session) && isJsonObject(session["resume"]), load: capabilities["loadSession"] === true };
}

function describeRefusal(error: unknown): string {
  if (error instanceof AgentRpcError) return `${error.message} (${error.code})`;
  throw error;
}

async function begin(connection: AgentConnection, request: ConversationRequest): Promise<{ readonly id: string; readonly offered: Offered }> {
  const answer = await connection.request("session/new", { cwd: request.cwd, mcpServers: request.mcpServers }, { timeoutMs: request.timeoutMs });
  const id = isJsonObject(answer) ? answer["sessionId"] : null;
  if (!isStorableText(id, maxSessionId)) throw new AgentSdkError("sandbox_failed", "The agent began a conversation without an id that can be kept.", { details: { kind: "agent_error" } });
  return { id, offered: readOffered(answer) };
}

async function restore(connection: AgentConnection, request: ConversationRequest, previousId: string, rungs: Rungs): Promise<OpenedConversation> {
  const params = { sessionId: previousId, cwd: request.cwd, mcpServers: request.mcpServers };
  const reasons: string[] = [];
  if (rungs.resume) {
    try {
      return { innerSessionId: previousId, how: "resume", reason: null, offered: readOffered(await connection.request("session/resume", params, { timeoutMs: request.timeoutMs })) };
    } catch (error) {
      reasons.push(`resume: ${describeRefusal(error)}`);
    }
  }
  if (rungs.load) {
    try {
      await request.beforeLoading();
      const answer = await connection.request("session/load", params, { timeoutMs: request.timeoutMs, repeats: request.repeatsAfterLoading ? "until_settled" : "until_answered" });
      if (request.repeatsAfterLoading) await connection.settle(request.timeoutMs);
      return { innerSessionId: previousId, how: "load", reason: reasons.join("; ") || null, offered: readOffered(answer) };
    } catch (error) {
      reasons.push(`load: ${describeRefusal(error)}`);
    }
  }
  if (reasons.length === 0) reasons.push("the agent offers neither resume nor load");
  const { id, offered } = await begin(connection, request);
  return { innerSessionId: id, how: request.hasTranscript ? "replay" : "fresh", reason: reasons.join("; "), offered };
}

/**
 * Opens the conversation in a new process of the agent, by the best way that it has: resume, load, a new one that is told the old one's text, a new one.
 * The result says which, and why not a better one.
 * @throws AgentRpcError when the agent refuses even to begin; its code tells a missing login.
 */
export async function openConversation(connection: AgentConnection, request: ConversationRequest): Promise<OpenedConversation> {
  const initialized = await connection.request("initialize", initializeParams(request.elicits), { timeoutMs: request.timeoutMs });
  if (request.previousId !== null) return restore(connection, request, request.previousId, readRungs(initialized));
  const { id, offered } = await begin(connection, request);
  return { innerSessionId: id, how: "new", reason: null, offered };
}

/** True when the agent asks for credentials that it was not given. */
export function isAuthenticationRequired(error: unknown): boolean {
  return error instanceof AgentRpcError && error.code === authenticationRequired;
}
