import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { isCredentialName } from "./credential-names.ts";

const hidden = "***";

/** What holds values by name: ACP's pairs, or a map. */
const holders: ReadonlySet<string> = new Set(["env", "environment", "headers", "secrets"]);

/** How members are named whose values nobody should read. */
const secretName = /(api[_-]?key|token|secret|password|passwd|authorization|credentials?)$/i;

function hideAll(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => (isJsonObject(item) && "value" in item ? { ...item, value: hidden } : hideAll(item)));
  if (isJsonObject(value)) return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
  return hidden;
}

/** A password in an address, and whatever its query holds, are as good as a header. */
function hideInAddress(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === "" && url.password === "" && url.search === "") return text;
  if (url.username !== "") url.username = hidden;
  if (url.password !== "") url.password = hidden;
  const query = [...url.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=${hidden}`).join("&");
  url.search = "";
  return query === "" ? url.href : `${url.href}?${query}`;
}

function redact(name: string, value: JsonValue): JsonValue {
  if (holders.has(name.toLowerCase())) return hideAll(value);
  if (isCredentialName(name) || secretName.test(name)) return hidden;
  if (typeof value === "string") return hideInAddress(value);
  if (Array.isArray(value)) return value.map((item: JsonValue) => redact("", item));
  return isJsonObject(value) ? withoutValues(value) : value;
}

/** The same object with `***` for every value that may be secret: of variables and headers, of members named like a credential, and within addresses. */
export function withoutValues(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, redact(name, value)]));
}
