import type { NewSessionToken } from "@agent-sdk/core";
import type { Caller } from "./caller.ts";
import { proofOf, type ParsedSecret } from "./secrets.ts";

/** Made by a caller of a server that asked for no key. */
export const openIssuer = "none";

export function environmentIssuer(proof: string): string {
  return `environment:${proof}`;
}

/** How a token remembers who made it, so that it ends with that. A token makes no tokens. */
export function issuerOf({ credential }: Caller, token: ParsedSecret): Pick<NewSessionToken, "issuer" | "keyId"> {
  if (credential.kind === "key") return { keyId: credential.id, issuer: null };
  return { keyId: null, issuer: credential.kind === "environment" ? environmentIssuer(proofOf(credential.key.secret, token)) : openIssuer };
}
