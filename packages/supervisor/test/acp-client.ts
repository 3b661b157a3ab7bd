import { randomUUID } from "node:crypto";
import type { SupervisorEndpoint } from "@agent-sdk/core";
import { tokenHeader } from "../src/index.ts";

export interface ServerEvent {
  readonly id: number | null;
  readonly message: { readonly id?: unknown; readonly method?: string; readonly params?: Record<string, never>; readonly result?: unknown; readonly error?: unknown };
}

/** Events of an SSE body, one by one. Comments count for nothing. */
export async function* events(response: Response): AsyncGenerator<ServerEvent> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const id = /^id: (\d+)$/m.exec(part);
      const data = /^data: (.*)$/m.exec(part);
      if (data) yield { id: id ? Number(id[1]) : null, message: JSON.parse(data[1]!) as ServerEvent["message"] };
    }
  }
}

/** The transport, spoken by hand: what the SDK's client does not let one see or break. */
export class BareAcpClient {
  readonly url: string;
  readonly headers: Record<string, string>;

  constructor(endpoint: SupervisorEndpoint, runId = "run") {
    this.url = `${endpoint.url}/v1/acp/${runId}`;
    this.headers = { [tokenHeader]: endpoint.token };
  }

  async connect(): Promise<unknown> {
    const response = await this.post({ jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: 1, clientCapabilities: {} } });
    this.headers["acp-connection-id"] = response.headers.get("acp-connection-id") ?? randomUUID();
    return response.json();
  }

  post(message: unknown, sessionId?: string): Promise<Response> {
    const headers = { ...this.headers, "content-type": "application/json", ...(sessionId ? { "acp-session-id": sessionId } : {}) };
    return fetch(this.url, { method: "POST", headers, body: JSON.stringify(message) });
  }

  get(sessionId?: string, options: { readonly lastEventId?: string; readonly signal?: AbortSignal } = {}): Promise<Response> {
    const headers = { ...this.headers, accept: "text/event-stream", ...(sessionId ? { "acp-session-id": sessionId } : {}), ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }) };
    return fetch(this.url, { headers, signal: options.signal ?? null });
  }

  /** Opens a session and reads its id from the connection's stream. */
  async newSession(id = 1): Promise<string> {
    const stream = events(await this.get());
    await this.post({ jsonrpc: "2.0", id, method: "session/new", params: { cwd: "/", mcpServers: [] } });
    for await (const { message } of stream) if (message.id === id && message.result) return (message.result as { sessionId: string }).sessionId;
    throw new Error("The connection's stream ended.");
  }

  prompt(sessionId: string, text: string, id: unknown = 2): Promise<Response> {
    return this.post({ jsonrpc: "2.0", id, method: "session/prompt", params: { sessionId, prompt: [{ type: "text", text }] } }, sessionId);
  }
}

/** The text of an update's chunk. */
export function chunkText({ message }: ServerEvent): string | undefined {
  return (message.params as { update?: { content?: { text?: string } } } | undefined)?.update?.content?.text;
}
