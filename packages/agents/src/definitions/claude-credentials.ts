import type { CredentialSource, Credentials, LaunchRequest } from "../definition.ts";
import { given } from "../environment.ts";

/** Where a credential may stand, strongest first, and the variable that the CLI reads it from. */
const order = [
  ["oauth_token", "CLAUDE_CODE_OAUTH_TOKEN"],
  ["CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
  ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"],
  ["api_key", "ANTHROPIC_API_KEY"],
  ["ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY"],
] as const;

/** Every name under which a Claude credential is recognised. */
export const claudeCredentialNames: readonly string[] = [...new Set(order.flat())];

export interface ChosenCredential {
  readonly source: CredentialSource;
  /** At most one variable: with a key and a token together the CLI takes the key, whichever was meant. */
  readonly env: Readonly<Record<string, string>>;
}

function strongest(values: Credentials): Readonly<Record<string, string>> | undefined {
  for (const [name, variable] of order) {
    const value = given(values, name);
    if (value !== undefined) return { [variable]: value };
  }
  return undefined;
}

/**
 * The one credential that the agent gets. The session's own comes first and then the server's are not looked at. Nor are they when the
 * session talks to a model server of its own: the server's key is for the server's endpoint.
 */
export function chooseClaudeCredential(request: Pick<LaunchRequest, "env" | "secrets" | "serverCredentials">): ChosenCredential {
  const own = strongest(request.secrets);
  if (own) return { source: "session", env: own };
  const elsewhere = given({ ...request.env, ...request.secrets }, "ANTHROPIC_BASE_URL") !== undefined;
  const servers = elsewhere ? undefined : strongest(request.serverCredentials);
  return servers ? { source: "server", env: servers } : { source: "none", env: {} };
}
