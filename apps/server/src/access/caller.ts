import { operatorTenant, type Scope, type TokenScope } from "@agent-sdk/core";
import type { EnvironmentKey } from "./environment-keys.ts";

/** By what a caller was recognised. */
export type Credential =
  /** By nothing: this server asks for no key. */
  | { readonly kind: "none" }
  | { readonly kind: "environment"; readonly key: EnvironmentKey }
  | { readonly kind: "key"; readonly id: string }
  /** Good for one session. */
  | { readonly kind: "token"; readonly id: string; readonly sessionId: string; readonly scopes: readonly TokenScope[] };

/** Who calls, and what they may do. */
export interface Caller {
  readonly tenant: string;
  /** Empty for a session's token, which has scopes of its own. */
  readonly scopes: readonly Scope[];
  readonly credential: Credential;
}

/** True for who may see and do what concerns all tenants. */
export function isOperator(caller: Caller): boolean {
  return caller.tenant === operatorTenant && caller.scopes.includes("admin");
}
