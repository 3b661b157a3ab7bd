import type { Buffer } from "node:buffer";
import type { JsonRpcId } from "@agent-sdk/core";

/** Who gets the answer to a request that was written to the agent. */
export interface RequestOwner {
  /** Null for a request given by the control route: its answer is in the journal for whoever reads it. */
  readonly connectionId: string | null;
  /** The session on whose stream a connection's answer goes; null for the connection's own stream. */
  readonly sessionId: string | null;
}

export interface PendingRequest extends RequestOwner {
  readonly originalId: JsonRpcId;
  readonly agentId: JsonRpcId;
  readonly method: string;
}

/** A request of the agent that nobody has answered yet. */
export interface AgentRequest {
  readonly position: number;
  readonly sessionId: string | null;
  readonly line: Buffer;
}

/** Numbers and strings are different ids in JSON-RPC: 1 is not "1". */
function keyOf(id: JsonRpcId): string {
  return `${typeof id}:${id}`;
}

/** A map by JSON-RPC id. */
export class IdMap<Value> {
  readonly #entries = new Map<string, Value>();

  get size(): number {
    return this.#entries.size;
  }

  has(id: JsonRpcId): boolean {
    return this.#entries.has(keyOf(id));
  }

  get(id: JsonRpcId): Value | undefined {
    return this.#entries.get(keyOf(id));
  }

  set(id: JsonRpcId, value: Value): void {
    this.#entries.set(keyOf(id), value);
  }

  delete(id: JsonRpcId): void {
    this.#entries.delete(keyOf(id));
  }

  take(id: JsonRpcId): Value | undefined {
    const value = this.#entries.get(keyOf(id));
    this.#entries.delete(keyOf(id));
    return value;
  }

  values(): Value[] {
    return [...this.#entries.values()];
  }

  clear(): void {
    this.#entries.clear();
  }
}
