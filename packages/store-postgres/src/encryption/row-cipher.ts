import type { AgentConfig, JsonValue, SandboxState, SessionSettings } from "@agent-sdk/core";
import { isJsonObject } from "@agent-sdk/core";
import type { KeyRing } from "./key-ring.ts";

type Secrets = SessionSettings["secrets"];

/** What a JSON column holds: the value, or what of it is no secret beside the rest as one sealed text. */
export type Sealed<T, Secret extends keyof T> = T | (Omit<T, Secret> & { readonly sealed: string });
export type StoredSecrets = Secrets | string;
export type StoredSandbox = Sealed<SandboxState, "endpoint" | "providerData">;
export type StoredConfig = Sealed<AgentConfig, "command" | "extraOptions" | "mcpServers">;
/** An answer that was given, wrapped, because by itself it may be any JSON. */
export type StoredBody = { readonly plain: JsonValue } | { readonly sealed: string };

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * What of each row is secret, and how it is written. Rows that were written without a key stay readable, and so do those of every key of the ring. What is
 * empty is not sealed: it would hide nothing and be encrypted anew at every change of keys.
 */
export class RowCipher {
  readonly ring: KeyRing;

  constructor(ring: KeyRing) {
    this.ring = ring;
  }

  sealSecrets(sessionId: string, secrets: Secrets): StoredSecrets {
    return this.ring.primaryId === null || isEmpty(secrets) ? secrets : this.ring.seal(JSON.stringify(secrets), `sessions.secrets of ${sessionId}`);
  }

  openSecrets(sessionId: string, stored: StoredSecrets): Secrets {
    return typeof stored === "string" ? (JSON.parse(this.ring.open(stored, `sessions.secrets of ${sessionId}`)) as Secrets) : stored;
  }

  /** The supervisor's token, what the way to it needs, and what only the provider understands. */
  sealSandbox(sessionId: string, state: SandboxState): StoredSandbox {
    const { endpoint, providerData, ...rest } = state;
    return this.#seal(state, rest, { endpoint, providerData }, `sessions.sandbox_state of ${sessionId}`);
  }

  openSandbox(sessionId: string, stored: StoredSandbox): SandboxState {
    return this.#open(stored, `sessions.sandbox_state of ${sessionId}`) as SandboxState;
  }

  /** Of MCP servers and commands everything, not their variables and headers alone: arguments and addresses bear tokens, too. */
  sealConfig(agentId: string, config: AgentConfig): StoredConfig {
    const { command, extraOptions, mcpServers, ...rest } = config;
    return this.#seal(config, rest, { command, extraOptions, mcpServers }, `agents.config of ${agentId}`);
  }

  openConfig(agentId: string, stored: StoredConfig): AgentConfig {
    return this.#open(stored, `agents.config of ${agentId}`) as AgentConfig;
  }

  /** Whole: an answer may show a secret once. */
  sealBody(place: string, body: JsonValue): StoredBody {
    return this.ring.primaryId === null ? { plain: body } : { sealed: this.ring.seal(JSON.stringify(body), `idempotency_keys.body of ${place}`) };
  }

  openBody(place: string, stored: StoredBody): JsonValue {
    return "plain" in stored ? stored.plain : (JSON.parse(this.ring.open(stored.sealed, `idempotency_keys.body of ${place}`)) as JsonValue);
  }

  #seal<T extends object, Rest extends object>(value: T, rest: Rest, secret: object, place: string): T | (Rest & { readonly sealed: string }) {
    if (this.ring.primaryId === null || Object.values(secret).every(isEmpty)) return value;
    return { ...rest, sealed: this.ring.seal(JSON.stringify(secret), place) };
  }

  #open(stored: object, place: string): object {
    if (!("sealed" in stored) || typeof stored.sealed !== "string") return stored;
    const { sealed, ...rest } = stored;
    return { ...rest, ...(JSON.parse(this.ring.open(sealed, place)) as object) };
  }
}
