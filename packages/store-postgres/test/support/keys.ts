import { createHash } from "node:crypto";
import { systemEnv } from "@agent-sdk/core";
import type { EncryptionKey } from "../../src/encryption/key-ring.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";
import { RowCipher } from "../../src/encryption/row-cipher.ts";

/** A key of that id, the same at every call; another one of the same id where `variant` differs. */
export function keyNamed(id: string, variant = ""): EncryptionKey {
  return { id, key: createHash("sha256").update(`${id} ${variant}`).digest() };
}

export function cipherWith(keys: readonly EncryptionKey[]): RowCipher {
  return new RowCipher(new KeyRing(keys, systemEnv()));
}
