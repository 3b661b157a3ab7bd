import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { EncryptionKey } from "@agent-sdk/store-postgres";
import { ConfigError } from "./config-error.ts";

const keyBytes = 32;
const form = /^([A-Za-z0-9._-]{1,32}):([A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/;

function parseKey(text: string, source: string): EncryptionKey {
  const [, id, encoded] = form.exec(text) ?? [];
  // What was given is not repeated: most of it is the key.
  if (id === undefined || encoded === undefined) throw new ConfigError(`${source} must be keys of the form id:base64, where base64 stands for ${keyBytes} bytes; ./scripts/encryption-key makes one.`);
  return { id, key: Buffer.from(encoded, encoded.includes("-") || encoded.includes("_") ? "base64url" : "base64") };
}

/**
 * `id:base64,id2:base64`, the first of which encrypts.
 * @throws ConfigError that names the source and repeats nothing of it
 */
export function parseEncryptionKeys(text: string, source: string): readonly EncryptionKey[] {
  const keys = text.split(",").map((key) => parseKey(key.trim(), source));
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new ConfigError(`${source} has two keys of the same id.`);
  return keys;
}

/** A new key in the form that the settings take. Its id is random, so that no two databases mean different keys by one. */
export function newEncryptionKey(): string {
  return `k${randomBytes(4).toString("hex")}:${randomBytes(keyBytes).toString("base64")}`;
}

async function readKeyFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Whole and on disk, or not at all: a key is worth as much as what is encrypted with it. Whoever was faster wins. */
async function writeKeyFile(path: string): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${newEncryptionKey()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const directory = await open(dirname(path));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * The keys in a file that only this user can read, which is made with a first key when it is missing.
 * @throws ConfigError when what is in it is no key
 */
export async function keysOfFile(path: string): Promise<readonly EncryptionKey[]> {
  const found = await readKeyFile(path);
  if (found === null) await writeKeyFile(path);
  return parseEncryptionKeys((found ?? (await readKeyFile(path)) ?? "").trim(), `The file ${path}`);
}
