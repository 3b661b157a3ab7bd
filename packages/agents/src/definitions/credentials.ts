import type { CredentialSource, Credentials, LaunchRequest } from "../definition.ts";
import { given } from "../environment.ts";

/** How an agent of one vendor is given its credential. */
export interface CredentialRules {
  /** Where a credential may stand, strongest first, and the variable that the agent reads it from. */
  readonly order: readonly (readonly [name: string, variable: string])[];
  /** The variable that says where the vendor is reached. */
  readonly endpoint: string;
}

export interface ChosenCredential {
  readonly source: CredentialSource;
  /** At most one variable: with two credentials at once an agent takes the one that it likes, whichever was meant. */
  readonly env: Readonly<Record<string, string>>;
}

/** Every name under which a credential is recognised. */
export function credentialNamesOf(rules: CredentialRules): readonly string[] {
  return [...new Set(rules.order.flat())];
}

function strongest(values: Credentials, { order }: CredentialRules): Readonly<Record<string, string>> | undefined {
  for (const [name, variable] of order) {
    const value = given(values, name);
    if (value !== undefined) return { [variable]: value };
  }
  return undefined;
}

type Sources = Pick<LaunchRequest, "env" | "secrets" | "serverCredentials">;

/**
 * The one credential that the agent gets. The session's own comes first and then the server's are not looked at. Nor are they when the
 * session talks to a model server of its own: the server's key is for the server's endpoint.
 */
export function chooseCredential(request: Sources, rules: CredentialRules): ChosenCredential {
  const own = strongest(request.secrets, rules);
  if (own) return { source: "session", env: own };
  const elsewhere = given({ ...request.env, ...request.secrets }, rules.endpoint) !== undefined;
  const servers = elsewhere ? undefined : strongest(request.serverCredentials, rules);
  return servers ? { source: "server", env: servers } : { source: "none", env: {} };
}

/** Where the vendor is reached: by the session's word, else by the server's, else undefined for the vendor's own. */
export function endpointOf(request: Sources, name: string): string | undefined {
  return given({ ...request.env, ...request.secrets }, name) ?? given(request.serverCredentials, name);
}
