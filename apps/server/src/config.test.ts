import { homedir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { readConfig } from "./config.ts";

function sentence(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

it("has the documented defaults", () => {
  expect(readConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 7778,
    home: join(homedir(), ".agent-sdk"),
    databaseUrl: undefined,
    apiKeys: [],
    encryptionKeys: [],
    encryptionKeyFile: join(homedir(), ".agent-sdk", "encryption.key"),
    reaperIdleMs: 180_000,
    reaperIntervalMs: 60_000,
    origin: undefined,
    isolation: "auto",
    logLevel: "info",
    streamStallMs: 30_000,
    streamHeartbeatMs: 20_000,
    shutdownGraceMs: 8000,
  });
});

it("prefers PORT over AGENT_SDK_PORT, and takes an empty variable as not set", () => {
  expect(readConfig({ PORT: "1", AGENT_SDK_PORT: "2" }).port).toBe(1);
  expect(readConfig({ PORT: "", AGENT_SDK_PORT: "2", DATABASE_URL: " " })).toMatchObject({ port: 2, databaseUrl: undefined });
});

it("collects keys from both variables", () => {
  const { apiKeys } = readConfig({ AGENT_SDK_API_KEYS: "a, b,,a", AGENT_SDK_API_KEY: "c" });
  expect(apiKeys).toEqual(["a", "b", "c"].map((secret) => ({ secret, tenant: "default", scopes: ["admin"] })));
});

it("takes keys with a tenant and scopes, and refuses what is nearly one", () => {
  const key = "0123456789abcdef";
  expect(readConfig({ AGENT_SDK_API_KEYS: `bare,acme:sessions+read:${key}:x` }).apiKeys).toEqual([
    { secret: "bare", tenant: "default", scopes: ["admin"] },
    { secret: `${key}:x`, tenant: "acme", scopes: ["sessions", "read"] },
  ]);
  for (const wrong of [`acme:${key}`, `acme::${key}`, `acme:session:${key}`, `Acme:read:${key}`, `:read:${key}`, "acme:read:planted", `acme:read+:${key}`]) {
    expect(sentence({ AGENT_SDK_API_KEYS: wrong })).toMatch(/^AGENT_SDK_API_KEYS must be keys, separated by commas: a bare key, or tenant:scope\+scope:key\./);
    expect(sentence({ AGENT_SDK_API_KEYS: wrong })).not.toMatch(new RegExp(`${key}|planted`));
  }
  expect(sentence({ AGENT_SDK_API_KEYS: `acme:read:${key},other:read:${key}` })).toMatch(/gives one key to two tenants/);
});

it("takes origins of pages, and all of them only with a key", () => {
  expect(readConfig({ AGENT_SDK_ALLOWED_ORIGINS: "https://app.example.com, http://localhost:3000" }).allowedOrigins).toEqual(["https://app.example.com", "http://localhost:3000"]);
  for (const wrong of ["app.example.com", "https://app.example.com/", "https://*.example.com", "null"]) expect(sentence({ AGENT_SDK_ALLOWED_ORIGINS: wrong })).toMatch(/^AGENT_SDK_ALLOWED_ORIGINS must be origins/);
  expect(sentence({ AGENT_SDK_ALLOWED_ORIGINS: "*" })).toMatch(/^AGENT_SDK_ALLOWED_ORIGINS is \*, but no API key/);
  expect(readConfig({ AGENT_SDK_ALLOWED_ORIGINS: "*", AGENT_SDK_API_KEY: "k" }).allowedOrigins).toEqual(["*"]);
});

it("wants encryption keys for a database that servers share, in order and whole", () => {
  const one = Buffer.alloc(32, 1).toString("base64");
  const two = Buffer.alloc(32, 0xfb).toString("base64url");
  const DATABASE_URL = "postgres://host/db";
  expect(readConfig({ DATABASE_URL, AGENT_SDK_ENCRYPTION_KEYS: `new:${one}, old.2:${two}` }).encryptionKeys).toEqual([{ id: "new", key: Buffer.alloc(32, 1) }, { id: "old.2", key: Buffer.alloc(32, 0xfb) }]);
  expect(sentence({ DATABASE_URL })).toMatch(/^AGENT_SDK_ENCRYPTION_KEYS is not set, and DATABASE_URL is: .*encryption-key/);
  for (const wrong of [one, `:${one}`, `a:${one.slice(4)}`, `a b:${one}`, `a:${one},`, "a:planted"]) {
    expect(sentence({ AGENT_SDK_ENCRYPTION_KEYS: wrong })).toMatch(/^AGENT_SDK_ENCRYPTION_KEYS must be keys of the form id:base64, /);
    expect(sentence({ AGENT_SDK_ENCRYPTION_KEYS: wrong })).not.toContain(wrong.slice(2));
  }
  expect(sentence({ AGENT_SDK_ENCRYPTION_KEYS: `a:${one},a:${two}` })).toBe("AGENT_SDK_ENCRYPTION_KEYS has two keys of the same id.");
});

it("listens beyond this machine only with a key", () => {
  expect(sentence({ HOST: "0.0.0.0" })).toMatch(/^HOST is 0\.0\.0\.0, .* set AGENT_SDK_API_KEY/);
  for (const host of ["::", "10.0.0.1", "my-machine"]) expect(sentence({ HOST: host })).toContain("API key");
  for (const host of ["localhost", "127.0.0.2", "::1"]) expect(readConfig({ HOST: host }).host).toBe(host);
  expect(readConfig({ HOST: "0.0.0.0", AGENT_SDK_API_KEY: "k" }).host).toBe("0.0.0.0");
});

it("names the variable that it cannot obey, and repeats no value", () => {
  expect(sentence({ PORT: "http" })).toBe("PORT must be a port.");
  expect(sentence({ PORT: "70000" })).toBe("PORT must be a port.");
  expect(sentence({ AGENT_SDK_REAPER_IDLE_S: "soon", LOG_LEVEL: "loud" })).toBe("AGENT_SDK_REAPER_IDLE_S must be a number of seconds; LOG_LEVEL must be debug, info, warn, error or silent.");
  expect(sentence({ DATABASE_URL: "mysql://user:planted@host/db" })).toBe("DATABASE_URL must begin with postgres://.");
});

it("takes no idle time below a second", () => {
  for (const value of ["0", "0.0", "0.999"]) expect(sentence({ AGENT_SDK_REAPER_IDLE_S: value })).toMatch(/^AGENT_SDK_REAPER_IDLE_S must be at least 1: .*\.$/);
  expect(readConfig({ AGENT_SDK_REAPER_IDLE_S: "1" }).reaperIdleMs).toBe(1000);
  expect(readConfig({ AGENT_SDK_REAPER_IDLE_S: "1.5" }).reaperIdleMs).toBe(1500);
});

it("expands paths", () => {
  expect(readConfig({ AGENT_SDK_REGISTRY: "~/registry.json" }).registry).toBe(join(homedir(), "registry.json"));
  expect(readConfig({ AGENT_SDK_REGISTRY: "https://agents.example/registry.json" }).registry).toBe("https://agents.example/registry.json");
  expect(readConfig({ AGENT_SDK_HOME: "~/x" })).toMatchObject({ home: join(homedir(), "x"), runtimeDirectory: join(homedir(), "x", "runtimes") });
  expect(readConfig({ AGENT_SDK_HOME: "/a", AGENT_SDK_RUNTIME_DIR: "rel" }).runtimeDirectory).toBe(join(process.cwd(), "rel"));
});
