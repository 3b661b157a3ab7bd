import { createParser } from "eventsource-parser";

export interface Frame {
  readonly id: number | null;
  readonly event: string;
  readonly message: { readonly id?: string; readonly method?: string; readonly params?: Record<string, unknown>; readonly result?: { readonly stopReason?: string }; readonly error?: { readonly message: string; readonly data?: { readonly kind?: string } } };
}

/** The HTTP interface by hand, so that these tests see the wire and not a client's view of it. */
export class Api {
  url: string;

  constructor(url: string) {
    this.url = url;
  }

  async request(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const response = await fetch(`${this.url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Creates a session; answers its id. */
  async session(fields: Record<string, unknown> = {}): Promise<string> {
    return String((await this.call("POST", "/sessions", { agent_type: "demo", provider: "unix_local", ...fields }))["session_id"]);
  }

  async send(id: string, message: string, fields: Record<string, unknown> = {}): Promise<string> {
    return String((await this.call("POST", `/sessions/${id}/message`, { message, ...fields }))["rpc_id"]);
  }

  /** The frames after `after`; ends when the server ends the stream, and throws when the connection breaks. */
  async *frames(id: string, options: { readonly after?: number; readonly rpcId?: string; readonly follow?: boolean; readonly signal?: AbortSignal } = {}): AsyncGenerator<Frame> {
    const query = new URLSearchParams();
    if (options.after !== undefined) query.set("after", String(options.after));
    if (options.rpcId !== undefined) query.set("rpc_id", options.rpcId);
    if (options.follow === false) query.set("follow", "false");
    const response = await fetch(`${this.url}/sessions/${id}/events?${query.toString()}`, { signal: options.signal ?? null });
    if (!response.ok || !response.body) throw new Error(`events: ${response.status} ${await response.text()}`);
    const found: Frame[] = [];
    const parser = createParser({ onEvent: ({ id: seq, event, data }) => found.push({ id: seq === undefined ? null : Number(seq), event: event ?? "message", message: JSON.parse(data) as Frame["message"] }) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* found.splice(0);
    }
  }

  /** All frames so far. */
  async stored(id: string): Promise<readonly Frame[]> {
    return Array.fromAsync(this.frames(id, { after: 0, follow: false }));
  }
}

/** A client that keeps its position and comes back after every break, as any client should. */
export class Follower {
  readonly frames: Frame[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #waiters: (() => void)[] = [];

  constructor(api: Api, id: string, after = 0) {
    this.#done = this.#follow(api, id, after);
  }

  async #follow(api: Api, id: string, after: number): Promise<void> {
    let position = after;
    while (!this.#abort.signal.aborted) {
      try {
        for await (const frame of api.frames(id, { after: position, signal: this.#abort.signal })) {
          if (frame.id !== null) position = frame.id;
          this.frames.push(frame);
          for (const waiter of this.#waiters.splice(0)) waiter();
        }
      } catch {
        // Broken, refused or aborted: a client comes back.
      }
      if (!this.#abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Why the server ended streams of this client, in order. */
  get goodbyes(): readonly string[] {
    return this.frames.filter((frame) => frame.message.method === "_agent_sdk/goodbye").map((frame) => String(frame.message.params?.["reason"]));
  }

  /** Numbers in the order of arrival. */
  get seqs(): readonly number[] {
    return this.frames.flatMap((frame) => frame.id ?? []);
  }

  /** Resolves with the first frame that matches, past or to come. */
  async until(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (let seen = 0; ; ) {
      for (; seen < this.frames.length; seen += 1) {
        const frame = this.frames[seen];
        if (frame && matches(frame)) return frame;
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The prompt's terminal frame. */
  terminal(rpcId: string): Promise<Frame> {
    return this.until((frame) => frame.message.method === undefined && frame.message.id === rpcId);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}

/** Polls until `probe` gives something. */
export async function eventually<T>(probe: () => Promise<T | null | undefined | false>, pollMs = 25): Promise<T> {
  for (;;) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** What the agent said in a prompt. */
export function said(frames: readonly Frame[], rpcId: string): string {
  return frames
    .filter((frame) => frame.event === `rpc:${rpcId}`)
    .map((frame) => frame.message.params?.["update"] as { sessionUpdate?: string; content?: { text?: string } } | undefined)
    .filter((update) => update?.sessionUpdate === "agent_message_chunk")
    .map((update) => update?.content?.text ?? "")
    .join("");
}

/** The numbers that the scripted agent counted in a prompt, in the order of the stream. */
export function counted(frames: readonly Frame[], rpcId: string): readonly number[] {
  return frames
    .filter((frame) => frame.event === `rpc:${rpcId}`)
    .map((frame) => (frame.message.params?.["update"] as { content?: { text?: string } } | undefined)?.content?.text ?? "")
    .flatMap((text) => /^#(\d+)/.exec(text)?.[1] ?? [])
    .map(Number);
}

export const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
