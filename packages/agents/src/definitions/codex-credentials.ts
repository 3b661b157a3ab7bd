import { isJsonObject } from "@agent-sdk/core";
import type { LaunchRequest } from "../definition.ts";
import { given } from "../environment.ts";
import { chooseCredential, credentialNamesOf, type CredentialRules } from "./credentials.ts";
import { readJsonVariable } from "./json-object.ts";

/** What the key stands in for the agent, under whatever name it was given. */
export const keyVariable = "OPENAI_API_KEY";
const loginVariable = "CODEX_AUTH_JSON";

export const codexRules: CredentialRules = {
  order: [
    ["api_key", keyVariable],
    ["CODEX_API_KEY", keyVariable],
    ["OPENAI_API_KEY", keyVariable],
  ],
  endpoint: "OPENAI_BASE_URL",
};

export const codexCredentialNames: readonly string[] = [loginVariable, ...credentialNamesOf(codexRules)];

/** The contents of `~/.codex/auth.json`, as `codex login` writes it. */
export interface Login {
  readonly source: "session" | "server";
  readonly text: string;
}

/**
 * A session's login is its own: Codex refreshes it in the session's HOME. The server's would be shared, and its refresh token is good for one use, after which
 * the vendor revokes the whole login: so it is given without, and lasts as long as its access token.
 */
export function loginOf(request: LaunchRequest): Login | null {
  const own = given(request.secrets, loginVariable);
  if (own !== undefined) return { source: "session", text: own };
  // A key of the session's is its own credential, too.
  if (chooseCredential(request, codexRules).source === "session" || given({ ...request.env, ...request.secrets }, codexRules.endpoint) !== undefined) return null;
  const servers = given(request.serverCredentials, loginVariable);
  return servers === undefined ? null : { source: "server", text: withoutRefreshToken(servers) };
}

function withoutRefreshToken(text: string): string {
  const login = readJsonVariable({ [loginVariable]: text }, loginVariable);
  const { tokens } = login;
  return isJsonObject(tokens) ? JSON.stringify({ ...login, tokens: { ...tokens, refresh_token: "" } }) : text;
}
