import { AgentSdkError, allows, operatorTenant } from "@agent-sdk/core";
import type { Operation } from "@agent-sdk/core/api";
import type { MiddlewareHandler } from "hono";
import type { Authenticator } from "../access/authenticator.ts";
import type { Caller } from "../access/caller.ts";
import { parseSecret } from "../access/secrets.ts";
import type { RequestContext, ServerEnv } from "./context.ts";
import { operationOf, pathPart } from "./operation.ts";

function bearer(header: string | undefined): string | null {
  return /^Bearer ([^\s]+)$/i.exec(header ?? "")?.[1] ?? null;
}

/**
 * A browser's EventSource cannot send headers, so the event stream alone takes a session's token from the address. Keys are not taken from there: addresses end
 * up in histories and in the logs of what stands between. Ours have no queries.
 */
function credentialOf(context: RequestContext, operation: Operation | undefined): string | null {
  const given = bearer(context.req.header("authorization"));
  if (given !== null || operation?.id !== "streamEvents") return given;
  const token = context.req.query("token");
  return token !== undefined && parseSecret(token)?.kind === "ast" ? token : null;
}

function assertTokenReaches(context: RequestContext, operation: Operation | undefined, token: Extract<Caller["credential"], { kind: "token" }>): void {
  if (operation?.tokenScope === undefined) throw new AgentSdkError("forbidden", "This token is for watching and prompting one session, not for this.");
  if (pathPart(context, operation, "id")?.toLowerCase() !== token.sessionId) throw new AgentSdkError("not_found", "There is no such session.");
  if (!token.scopes.includes(operation.tokenScope)) throw new AgentSdkError("forbidden", `This token has not the scope "${operation.tokenScope}".`);
}

/** @throws AgentSdkError `forbidden`; `not_found` where a token is for another session */
function authorize(context: RequestContext, operation: Operation | undefined, caller: Caller): void {
  if (operation?.scope === null) return;
  if (caller.credential.kind === "token") return assertTokenReaches(context, operation, caller.credential);
  if (operation === undefined) return;
  if (!allows(caller.scopes, operation.scope)) throw new AgentSdkError("forbidden", `This needs a key with the scope "${operation.scope}".`);
  if (operation.acrossTenants === true && caller.tenant !== operatorTenant) throw new AgentSdkError("forbidden", `This concerns all tenants: it needs a key of the tenant "${operatorTenant}".`);
}

/** What answers everybody answers also while the store cannot say who calls. */
async function identify(authenticator: Authenticator, credential: string | null, operation: Operation | undefined): Promise<Caller | null> {
  if (operation?.scope !== null) return authenticator.identify(credential);
  return authenticator.identify(credential).catch(() => null);
}

/** Finds out who calls, and refuses what they may not do. Every route needs a caller, but for those whose operation says that it answers everybody. */
export function authenticate(authenticator: Authenticator): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const operation = operationOf(context);
    const credential = credentialOf(context, operation);
    const caller = await identify(authenticator, credential, operation);
    if (caller === null && operation?.scope !== null) {
      context.env.outgoing.setHeader("www-authenticate", "Bearer");
      throw new AgentSdkError("unauthenticated", credential === null ? "This server needs an API key: Authorization: Bearer <key>." : "The API key or token is not valid.");
    }
    if (caller !== null) authorize(context, operation, caller);
    context.set("caller", caller);
    context.set("tenant", caller?.tenant ?? "");
    await next();
  };
}

/** The caller of a route that needs one. */
export function callerOf(context: RequestContext): Caller {
  const caller = context.get("caller");
  if (caller === null) throw new AgentSdkError("unauthenticated", "This needs a caller.");
  return caller;
}
