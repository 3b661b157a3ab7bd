import type { JsonRpcErrorObject, JsonValue } from "@agent-sdk/core";

/** The agent answered a request with an error of its own. */
export class AgentRpcError extends Error {
  override readonly name = "AgentRpcError";
  readonly code: number;
  readonly data: JsonValue;

  constructor(error: JsonRpcErrorObject) {
    super(error.message);
    this.code = error.code;
    this.data = error.data ?? null;
  }
}

/** ACP: authentication required. https://agentclientprotocol.com/protocol/initialization */
export const authenticationRequired = -32000;
/** JSON-RPC 2.0: the method does not exist. */
export const methodNotFound = -32601;
