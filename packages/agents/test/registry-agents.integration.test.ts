import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { createCatalogue, loadRegistry, type AgentCatalogue, type Registry } from "../src/index.ts";
import { temporaryDirectory } from "./fixture.ts";
import { startRegistry } from "./registry.ts";
import { launchRequest } from "./request.ts";

const run = promisify(execFile);
const platform = `${process.platform}-${process.arch === "x64" ? "x86_64" : "aarch64"}`;

/** Serves bytes at any path. */
async function serve(bytes: Buffer): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => response.end(bytes)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An archive whose `bin/agent` says which arguments and which Node it was started with. */
async function packAgent(directory: string): Promise<Buffer> {
  await mkdir(join(directory, "packed/bin"), { recursive: true });
  await writeFile(join(directory, "packed/bin/agent"), '#!/bin/sh\necho "native $*"\n');
  await run("tar", ["-czf", "agent.tgz", "-C", "packed", "."], { cwd: directory });
  return readFile(join(directory, "agent.tgz"));
}

function archived(url: string, target: { readonly sha256?: string; readonly cmd?: string } = {}): Registry {
  return { version: "1", agents: [{ id: "archived", name: "Archived", version: "1.0.0", distribution: { binary: { [platform]: { archive: `${url}/agent.tgz`, cmd: "./bin/agent", args: ["acp"], ...target } } } }] };
}

/** Starts the agent as a sandbox would, and answers what it says. */
async function start(catalogue: AgentCatalogue, id: string, directory: string): Promise<string> {
  const { paths } = launchRequest();
  const plan = catalogue.get(id).launch(launchRequest({ paths: { ...paths, runtime: join(directory, "runtimes"), node: process.execPath } }));
  return (await run(plan.command, [...plan.args], { env: { ...plan.env, PATH: process.env["PATH"] } })).stdout;
}

describe("agents of a registry", { timeout: 60_000 }, () => {
  it("are downloaded as archives, checked, and started", async () => {
    await using directory = await temporaryDirectory();
    const bytes = await packAgent(directory.path);
    await using server = await serve(bytes);
    const registry = archived(server.url, { sha256: createHash("sha256").update(bytes).digest("hex").toUpperCase() });
    const catalogue = createCatalogue({ runtimeDirectory: join(directory.path, "runtimes"), registry });
    expect((await catalogue.describe()).find(({ id }) => id === "archived")).toMatchObject({ kind: "archive", version: "1.0.0", installed: false });
    await catalogue.ensureRuntime("archived");
    expect((await catalogue.describe()).find(({ id }) => id === "archived")).toMatchObject({ installed: true });
    expect(await start(catalogue, "archived", directory.path)).toBe("native acp\n");
  });

  it("are packages of npm, whose program is started by the sandbox's Node", async () => {
    await using directory = await temporaryDirectory();
    await using npm = await startRegistry("packaged-agent", "1.2.3");
    const registry: Registry = { version: "1", agents: [{ id: "npx-agent", name: "Npx", version: "1.2.3", distribution: { npx: { package: "packaged-agent@1.2.3" } } }] };
    const npmEnv = { PATH: process.env["PATH"], HOME: directory.path, npm_config_registry: npm.url, npm_config_cache: join(directory.path, "cache") };
    const catalogue = createCatalogue({ runtimeDirectory: join(directory.path, "runtimes"), registry, npmEnv });
    await catalogue.ensureRuntime("npx-agent");
    expect(await start(catalogue, "npx-agent", directory.path)).toBe("agent\n");
  });

  it.each([
    ["other bytes than the registry names", { sha256: "0".repeat(64) }, "its checksum differs"],
    ["an archive without the program", { cmd: "./bin/other" }, "does not hold the program"],
  ])("are not installed from %s", async (_what, target, sentence) => {
    await using directory = await temporaryDirectory();
    await using server = await serve(await packAgent(directory.path));
    const catalogue = createCatalogue({ runtimeDirectory: join(directory.path, "runtimes"), registry: archived(server.url, target) });
    await expect(catalogue.ensureRuntime("archived")).rejects.toMatchObject({ code: "provider_failed", message: expect.stringContaining(sentence) });
    expect(await readdir(join(directory.path, "runtimes/archived"))).toEqual([]);
  });

  it("say what to do when there is no network, and no uvx", async () => {
    await using directory = await temporaryDirectory();
    const closed = await serve(Buffer.from(""));
    await closed[Symbol.asyncDispose]();
    const runtimeDirectory = join(directory.path, "runtimes");
    await expect(createCatalogue({ runtimeDirectory, registry: archived(closed.url) }).ensureRuntime("archived")).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("cannot be reached. Open the network") });
    const python: Registry = { version: "1", agents: [{ id: "python", name: "Python agent", version: "1.0.0", distribution: { uvx: { package: "some==1.0.0" } } }] };
    await expect(createCatalogue({ runtimeDirectory, registry: python, npmEnv: { PATH: directory.path } }).ensureRuntime("python")).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("Install uv") });
  });

  it("come from a file or an address, of which the last good one is kept", async () => {
    await using directory = await temporaryDirectory();
    const env = systemEnv();
    const given = archived("http://127.0.0.1:1");
    await using server = await serve(Buffer.from(JSON.stringify(given)));
    const load = (source: string | undefined) => loadRegistry({ source, directory: directory.path, env });
    const file = join(directory.path, "mine.json");
    await writeFile(file, "{}");
    expect((await load(file)).agents.map(({ id }) => id)).toContain("goose");
    expect(await load(server.url)).toEqual(given);
    expect(await load(file)).toEqual(given);
    expect(await load("http://127.0.0.1:1/registry.json")).toEqual(given);
    expect((await load(undefined)).agents.map(({ id }) => id)).toContain("goose");
  });
});
