import { Agent, type IncomingMessage, request } from "node:http";
import { createParser, type EventSourceMessage } from "eventsource-parser";

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** A small HTTP client on one server: node:http with kept connections, which costs a call less than fetch does. */
export class HttpClient {
  readonly #base: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #streams = new Set<IncomingMessage>();

  constructor(base: string) {
    this.#base = base;
  }

  #open(method: string, path: string, body?: string, accept = "application/json"): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { accept, ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }) };
      const sent = request(`${this.#base}${path}`, { method, headers, agent: this.#agent }, resolve);
      sent.on("error", reject);
      sent.end(body);
    });
  }

  async call(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const response = await this.#open(method, path, body === undefined ? undefined : JSON.stringify(body));
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString("utf8").slice(0, 500)}`);
    return answer;
  }

  async json<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    return JSON.parse((await this.call(method, path, body)).body.toString("utf8")) as Body;
  }

  /** Opens an event stream and hands over each event as it is parsed. `ended` resolves when the stream is over, by whomever. */
  async stream(method: string, path: string, onEvent: (event: EventSourceMessage) => void, body?: unknown): Promise<{ readonly ended: Promise<void>; close(): void }> {
    const response = await this.#open(method, path, body === undefined ? undefined : JSON.stringify(body), "text/event-stream");
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${response.statusCode}`);
    this.#streams.add(response);
    const parser = createParser({ onEvent });
    response.setEncoding("utf8").on("data", (chunk: string) => parser.feed(chunk));
    const ended = new Promise<void>((resolve) => response.once("close", resolve));
    response.on("error", () => response.destroy());
    return { ended, close: () => response.destroy() };
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#agent.destroy();
  }
}
