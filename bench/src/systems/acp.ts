/** The members of a JSON-RPC message that the benchmark looks at. */
export interface AcpMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly reason?: string; readonly update?: { readonly content?: { readonly text?: string } } };
  readonly result?: { readonly sessionId?: string };
  readonly error?: { readonly message: string };
}

export const initializeParams = { protocolVersion: 1, clientCapabilities: {} } as const;

export const textPrompt = (text: string): readonly { readonly type: "text"; readonly text: string }[] => [{ type: "text", text }];

/** The text of a message chunk; undefined for every other message. */
export function chunkText(message: AcpMessage): string | undefined {
  return message.method === "session/update" ? message.params?.update?.content?.text : undefined;
}

/** Waits for answers by their id. */
export class Answers {
  readonly #waiting = new Map<number | string, { readonly resolve: (message: AcpMessage) => void; readonly reject: (error: Error) => void }>();

  wait(id: number | string): Promise<AcpMessage> {
    const answer = new Promise<AcpMessage>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    // It may fail before its caller awaits it.
    answer.catch(() => undefined);
    return answer;
  }

  take(message: AcpMessage): void {
    if (message.method !== undefined || message.id === undefined) return;
    const waiter = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiter?.reject(new Error(message.error.message));
    else waiter?.resolve(message);
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
