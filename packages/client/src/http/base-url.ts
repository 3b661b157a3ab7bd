import { ApiError } from "../errors.ts";

const defaultUrl = "http://localhost:7778";

interface WithProcess {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** A variable of the environment, where the runtime has one. */
export function environmentVariable(name: string): string | undefined {
  return (globalThis as WithProcess).process?.env?.[name] || undefined;
}

/** The server's address: as given, from `AGENT_API_URL`, or on this machine. */
export function resolveBaseUrl(given: string | URL | undefined): URL {
  const text = String(given ?? environmentVariable("AGENT_API_URL") ?? defaultUrl);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ApiError("invalid_url", "The server's address must be an http or https URL.", { status: 0, retryable: false });
  }
  if (url.username !== "" || url.password !== "") throw new ApiError("invalid_url", "The server's address must not contain credentials; use apiKey.", { status: 0, retryable: false });
  url.search = "";
  url.hash = "";
  return url;
}

/** By addresses, and the one name that every system resolves to them. Names below `localhost` are asked of a name server by some, which may answer anything. */
function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * Credentials travel encrypted, or not beyond this machine.
 * @throws ApiError `insecure_url`
 */
export function assertConfidential(url: URL, what: string): void {
  if (url.protocol === "https:" || isThisMachine(url.hostname)) return;
  throw new ApiError("insecure_url", `Refusing to send ${what} over plain HTTP to ${url.hostname}: use https.`, { status: 0, retryable: false });
}
