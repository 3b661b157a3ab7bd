import type { CredentialSource, Credentials, LaunchRequest } from "../definition.ts";
import { given, pick } from "../environment.ts";
import { endpointOf } from "./credentials.ts";

/** A vendor of models, as OpenCode names it, with the variables that hold its key and its address. */
export interface Vendor {
  readonly id: string;
  readonly keys: readonly string[];
  readonly endpoint: string;
  /** What OpenCode wants behind an address that others take without. */
  readonly suffix: string;
}

/** In the order in which one of the server's is chosen for a session that names no model. */
export const vendors: readonly Vendor[] = [
  { id: "opencode", keys: ["OPENCODE_API_KEY"], endpoint: "OPENCODE_BASE_URL", suffix: "" },
  { id: "openrouter", keys: ["OPENROUTER_API_KEY"], endpoint: "OPENROUTER_BASE_URL", suffix: "" },
  { id: "anthropic", keys: ["ANTHROPIC_API_KEY"], endpoint: "ANTHROPIC_BASE_URL", suffix: "/v1" },
  { id: "openai", keys: ["OPENAI_API_KEY"], endpoint: "OPENAI_BASE_URL", suffix: "" },
  { id: "google", keys: ["GEMINI_API_KEY"], endpoint: "GOOGLE_GEMINI_BASE_URL", suffix: "/v1beta" },
];

/** Vendors that have no address of their own here; a session may bring their keys. */
const furtherKeys: readonly string[] = ["DEEPSEEK_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY", "XAI_API_KEY"];

export const openCodeCredentialNames: readonly string[] = [...vendors.flatMap(({ keys }) => keys), ...furtherKeys];

export interface VendorCredentials {
  readonly source: CredentialSource;
  readonly env: Credentials;
}

/** The vendor of a model's name, such as `openrouter` in `openrouter/some/model`; undefined when it is none of {@link vendors}. */
export function vendorOfModel(model: string | null): Vendor | undefined {
  return vendors.find(({ id }) => model?.startsWith(`${id}/`));
}

/**
 * All keys that the session brings, for it may change models. When it brings none, one of the server's: of the vendor of the session's model, or the first
 * that there is; and none for a vendor whose address is the session's own.
 */
export function chooseVendorCredentials(request: LaunchRequest): VendorCredentials {
  const own = pick(request.secrets, openCodeCredentialNames);
  if (Object.keys(own).length > 0) return { source: "session", env: own };
  const { model } = request.config;
  const named = vendorOfModel(model);
  const vendor = model === null ? vendors.find(({ keys }) => keys.some((key) => given(request.serverCredentials, key) !== undefined)) : named;
  const elsewhere = vendor !== undefined && given({ ...request.env, ...request.secrets }, vendor.endpoint) !== undefined;
  const servers = vendor === undefined || elsewhere ? {} : pick(request.serverCredentials, vendor.keys);
  return { source: Object.keys(servers).length > 0 ? "server" : "none", env: servers };
}

/** Where OpenCode is to reach the vendor; undefined for the vendor's own address. */
export function vendorBaseUrl(request: LaunchRequest, { endpoint, suffix }: Vendor): string | undefined {
  const url = endpointOf(request, endpoint);
  return url === undefined ? undefined : `${url.replace(/\/+$/, "")}${suffix}`;
}
