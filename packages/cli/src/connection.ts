import type { RetryNotice, TransportOptions } from "@agent-sdk/client";
import { readSettings, settingsPath, type StoredSettings } from "./settings-file.ts";
import type { Terminal } from "./terminal.ts";

const defaultUrl = "http://localhost:7778";

/** One spelling of an address, so that a key is found again. */
export function normalizeUrl(url: string): string {
  return URL.parse(url)?.href.replace(/\/+$/, "") ?? url;
}

/** The option, then `AGENT_API_URL`, then what `login` kept. */
export function chooseUrl(given: string | undefined, env: Terminal["env"], stored: StoredSettings): string {
  return normalizeUrl(given ?? (env["AGENT_API_URL"] || stored.url) ?? defaultUrl);
}

/** Where the server is and what to authenticate with. A kept key goes to the server alone that it was kept for. */
export async function connectionOf(options: { readonly url?: string | undefined; readonly quiet?: boolean | undefined }, terminal: Terminal): Promise<TransportOptions> {
  const stored = await readSettings(settingsPath(terminal.env));
  const apiUrl = chooseUrl(options.url, terminal.env, stored);
  const apiKey = terminal.env["AGENT_API_KEY"] || stored.keys[apiUrl];
  const onRetry = ({ error, delayMs, attempt }: RetryNotice): void => {
    // Telling of it must not hold up the next attempt, and that nobody reads is no reason to give up.
    if (options.quiet !== true) void terminal.err.write(`${error.message} Trying again in ${(delayMs / 1000).toFixed(1)} s (${attempt}).\n`).catch((ignored: unknown) => ignored);
  };
  return { apiUrl, apiKey, retry: { onRetry } };
}
