import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** What `login` keeps: where the server is, and the keys of servers by their addresses. */
export interface StoredSettings {
  readonly url?: string | undefined;
  readonly keys: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `AGENT_SDK_CLI_SETTINGS`, or where the system keeps a program's settings. */
export function settingsPath(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const { AGENT_SDK_CLI_SETTINGS: given, APPDATA, XDG_CONFIG_HOME } = env;
  if (given) return given;
  if (platform === "win32") return join(APPDATA || join(homedir(), "AppData", "Roaming"), "agent-sdk", "cli.json");
  return join(XDG_CONFIG_HOME || join(homedir(), ".config"), "agent-sdk", "cli.json");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseSettings(text: string, path: string): StoredSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`The settings in ${path} are not JSON; mend or remove the file.`, { cause });
  }
  const { url, keys } = isRecord(value) ? value : {};
  const pairs = isRecord(keys) ? Object.entries(keys).filter((pair): pair is [string, string] => typeof pair[1] === "string") : [];
  return { url: typeof url === "string" ? url : undefined, keys: Object.fromEntries(pairs) };
}

/** @throws Error when there is a file that cannot be read. */
export async function readSettings(path: string): Promise<StoredSettings> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { keys: {} };
    throw error;
  }
  return parseSettings(text, path);
}

/** Replaces the file as a whole, readable to its owner alone: it holds keys. */
export async function writeSettings(path: string, settings: StoredSettings): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const staging = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(staging, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    await rename(staging, path);
  } finally {
    await rm(staging, { force: true });
  }
}
