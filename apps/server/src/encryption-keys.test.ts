import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { keysOfFile, newEncryptionKey, parseEncryptionKeys } from "./encryption-keys.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-sdk-keys-"));
});
afterAll(() => rm(directory, { recursive: true }));

it("makes a key file once, for this user alone, whoever starts at the same time", async () => {
  const path = join(directory, "home", "encryption.key");
  const read = await Promise.all([1, 2, 3, 4].map(() => keysOfFile(path)));
  expect(new Set(read.map((keys) => JSON.stringify(keys))).size).toBe(1);
  expect(read[0]?.map(({ key }) => key.byteLength)).toEqual([32]);
  expect([(await stat(path)).mode & 0o777, (await stat(join(directory, "home"))).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(await readdir(join(directory, "home"))).toEqual(["encryption.key"]);
  expect(await keysOfFile(path)).toEqual(read[0]);
});

it("reads several keys of a file, and says which file holds none", async () => {
  const path = join(directory, "several.key");
  await writeFile(path, `${newEncryptionKey()},${newEncryptionKey()}\n`);
  expect(await keysOfFile(path)).toHaveLength(2);
  await writeFile(path, "planted");
  await expect(keysOfFile(path)).rejects.toThrow(/several\.key must be keys of the form id:base64/);
  await expect(keysOfFile(path)).rejects.not.toThrow(/planted/);
  expect(await readFile(path, "utf8")).toBe("planted");
});

it("takes what the script makes", async () => {
  const script = fileURLToPath(new URL("../../../scripts/encryption-key", import.meta.url));
  const made = await Promise.all([1, 2].map(async () => (await promisify(execFile)(script)).stdout.trim()));
  const keys = made.flatMap((text) => parseEncryptionKeys(text, "the script"));
  expect(new Set(keys.map(({ id }) => id)).size).toBe(2);
  expect(keys.map(({ key }) => key.byteLength)).toEqual([32, 32]);
});
