import { createCipheriv, createDecipheriv } from "node:crypto";
import type { RuntimeEnv } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";

/** A key for what is secret in the rows. */
export interface EncryptionKey {
  /** Stands with everything that was encrypted under it: 1 to 32 letters, digits, dots, underscores and hyphens. */
  readonly id: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const idPattern = /^[A-Za-z0-9._-]{1,32}$/u;
const sealedPattern = /^sealed:1:([A-Za-z0-9._-]{1,32}):([A-Za-z0-9_-]+)$/u;

function checked(keys: readonly EncryptionKey[]): ReadonlyMap<string, Uint8Array> {
  for (const { id, key } of keys) {
    if (!idPattern.test(id)) throw new AgentSdkError("bad_request", "An encryption key's id is made of 1 to 32 letters, digits, dots, underscores and hyphens.");
    if (key.byteLength !== keyBytes) throw new AgentSdkError("bad_request", `The encryption key "${id}" has ${key.byteLength} bytes; it must have ${keyBytes}.`);
  }
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  if (byId.size < keys.length) throw new AgentSdkError("bad_request", "Two encryption keys have the same id.");
  return byId;
}

/** The id of the key that a text was sealed with; null for what is no sealed text. */
export function sealedWith(text: unknown): string | null {
  return typeof text === "string" ? (sealedPattern.exec(text)?.[1] ?? null) : null;
}

/**
 * Seals with the first key, opens with any: AES-256-GCM under a random nonce of 96 bits. A sealed text names its key, and opens only in the place that it was
 * sealed for: moved to another row or column it is refused.
 *
 * Random nonces keep a key safe for 2^32 texts, which is a change of a sandbox's state every second for 136 years; a new first key begins anew.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #env: Pick<RuntimeEnv, "random">;
  /** The key that seals; null where there is none, and nothing is sealed. */
  readonly primaryId: string | null;

  /** @throws AgentSdkError `bad_request` for a key that is none. */
  constructor(keys: readonly EncryptionKey[], env: Pick<RuntimeEnv, "random">) {
    this.#keys = checked(keys);
    this.#env = env;
    this.primaryId = keys[0]?.id ?? null;
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Under `keyId`, the first where it is not given. @throws AgentSdkError `internal` without such a key. */
  seal(text: string, place: string, keyId: string | null = this.primaryId): string {
    const nonce = Buffer.from(this.#env.random.token(nonceBytes), "base64url");
    const cipher = createCipheriv(algorithm, this.#key(keyId ?? "", place), nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `sealed:1:${keyId ?? ""}:${sealed.toString("base64url")}`;
  }

  /** @throws AgentSdkError `internal` that says whether the key is missing, or the text is not what was sealed for this place. */
  open(sealed: string, place: string): string {
    const [, keyId = "", encoded = ""] = sealedPattern.exec(sealed) ?? [];
    const bytes = Buffer.from(encoded, "base64url");
    const end = bytes.length - tagBytes;
    const decipher = createDecipheriv(algorithm, this.#key(keyId, place), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    try {
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(bytes.subarray(Math.max(end, 0)));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new AgentSdkError("internal", `What the database holds of ${place} cannot be decrypted: it was changed, or sealed with another key of the id "${keyId}".`, { cause });
    }
  }

  #key(id: string, place: string): Uint8Array {
    const key = this.#keys.get(id);
    if (key !== undefined) return key;
    throw new AgentSdkError("internal", `What the database holds of ${place} is encrypted with the key "${id}", which this server does not have.`);
  }
}
