import { operatorTenant, scopes, type Scope } from "@agent-sdk/core";
import { ConfigError } from "../config-error.ts";

/** A key that the server was started with. Never logged. */
export interface EnvironmentKey {
  readonly secret: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

/** A tenant's name: it stands in rows, paths and settings. */
export const tenantPattern: RegExp = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Of keys that name their tenant. Bare ones have always been taken at any length. */
const minimumLength = 16;

const form = "AGENT_SDK_API_KEYS must be keys, separated by commas: a bare key, or tenant:scope+scope:key";

function isScope(word: string): word is Scope {
  return (scopes as readonly string[]).includes(word);
}

function parseTenantKey(entry: string): EnvironmentKey {
  const [tenant = "", words = "", ...rest] = entry.split(":");
  const secret = rest.join(":");
  // Nothing that may be a part of a key is repeated.
  if (!tenantPattern.test(tenant)) throw new ConfigError(`${form}. A tenant is 1 to 63 small letters, digits and hyphens; a bare key has no colon.`);
  const given = words.split("+");
  if (!given.every(isScope)) throw new ConfigError(`${form}. The scopes are ${scopes.join(", ")}.`);
  if (secret.length < minimumLength) throw new ConfigError(`${form}. The key of the tenant "${tenant}" is shorter than ${minimumLength} characters.`);
  return { secret, tenant, scopes: given };
}

function parseEntry(entry: string): EnvironmentKey {
  if (/\s/.test(entry)) throw new ConfigError("AGENT_SDK_API_KEYS must be keys without blanks, separated by commas.");
  return entry.includes(":") ? parseTenantKey(entry) : { secret: entry, tenant: operatorTenant, scopes: ["admin"] };
}

/**
 * `key` is the tenant `default`'s and may do everything; `acme:sessions+read:key` is the tenant `acme`'s with these scopes. What has a colon must be of the second
 * form: a typing mistake must not become a key that may do everything.
 * @throws ConfigError that repeats nothing of a key
 */
export function parseEnvironmentKeys(list: string): readonly EnvironmentKey[] {
  const entries = [...new Set(list.split(",").map((entry) => entry.trim()).filter((entry) => entry !== ""))];
  const keys = entries.map(parseEntry);
  if (new Set(keys.map(({ secret }) => secret)).size < keys.length) throw new ConfigError("AGENT_SDK_API_KEYS gives one key to two tenants, or twice with different scopes.");
  return keys;
}
