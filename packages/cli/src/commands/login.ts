import { ApiClient } from "@agent-sdk/client";
import type { Command } from "commander";
import { chooseUrl } from "../connection.ts";
import type { GlobalOptions } from "../context.ts";
import { UsageError } from "../failure.ts";
import { readSettings, settingsPath, writeSettings } from "../settings-file.ts";
import type { Terminal } from "../terminal.ts";

async function login(self: Command, terminal: Terminal): Promise<void> {
  const path = settingsPath(terminal.env);
  const stored = await readSettings(path);
  const url = chooseUrl(self.optsWithGlobals<GlobalOptions>().url, terminal.env, stored);
  // Never an argument: every user of the machine can see those.
  const key = (await terminal.input.readSecret(`API key for ${url}: `)).trim();
  if (key === "") throw new UsageError("No key was given.");
  // A key that does not work is not kept.
  await new ApiClient({ apiUrl: url, apiKey: key }).listSessions({ limit: 1 }, { signal: terminal.interrupts.signal });
  await writeSettings(path, { url, keys: { ...stored.keys, [url]: key } });
  await terminal.err.write(`${url}: the key is kept in ${path}\n`);
}

async function logout(self: Command, terminal: Terminal): Promise<void> {
  const path = settingsPath(terminal.env);
  const stored = await readSettings(path);
  const url = chooseUrl(self.optsWithGlobals<GlobalOptions>().url, terminal.env, stored);
  const { [url]: removed, ...keys } = stored.keys;
  if (removed === undefined) throw new UsageError(`No key is kept for ${url}.`);
  await writeSettings(path, { url: stored.url === url ? undefined : stored.url, keys });
  await terminal.err.write(`${url}: the key is forgotten\n`);
}

/** `agent-sdk login` and `logout`: keep an API key for later commands, and forget it. */
export function addLoginCommands(program: Command, terminal: Terminal): void {
  program
    .command("login")
    .description("Keep a server's address and API key, which is read from the standard input.")
    .action((_options: object, self: Command) => login(self, terminal));
  program
    .command("logout")
    .description("Forget a server's key.")
    .action((_options: object, self: Command) => logout(self, terminal));
}
