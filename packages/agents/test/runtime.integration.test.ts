import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createCatalogue, type InstallProgress } from "../src/index.ts";
import { catalogueFor, packageAgent, temporaryDirectory } from "./fixture.ts";
import { startRegistry } from "./registry.ts";

const versions = (directory: string): Promise<string[]> => readdir(join(directory, "runtimes", "packaged"));

describe("ensureRuntime", { timeout: 60_000 }, () => {
  it("installs a package once, without running its scripts, and then does nothing", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("packaged-agent", "1.2.3");
    const catalogue = catalogueFor(directory.path, registry.url);
    const progress: InstallProgress[] = [];
    await catalogue.ensureRuntime("packaged", { onProgress: (line) => progress.push(line) });
    const modules = join(directory.path, "runtimes", "packaged", "1.2.3", "node_modules");
    expect(await readFile(join(modules, "packaged-agent", "index.js"), "utf8")).toContain("agent");
    expect(await readdir(join(modules, "packaged-agent"))).not.toContain("postinstall-ran");
    expect(await versions(directory.path)).toEqual(["1.2.3"]);
    expect(progress[0]?.message).toBe("Installing Packaged agent: 0 s, 0 MB on disk");

    const before = progress.length;
    await catalogue.ensureRuntime("packaged", { onProgress: (line) => progress.push(line) });
    expect(progress).toHaveLength(before);
    expect(registry.downloads).toBe(1);
  });

  it("is done once for callers in this and in other processes", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("packaged-agent", "1.2.3", 300);
    const child = (): Promise<unknown> =>
      promisify(execFile)(process.execPath, ["--conditions=@agent-sdk/source", join(import.meta.dirname, "ensure-in-child.ts"), directory.path, registry.url]);
    const catalogue = catalogueFor(directory.path, registry.url);
    await Promise.all([child(), child(), catalogue.ensureRuntime("packaged"), catalogue.ensureRuntime("packaged")]);
    expect(registry.downloads).toBe(1);
    expect(await versions(directory.path)).toEqual(["1.2.3"]);
  });

  it("takes over from an installer that died", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("packaged-agent", "1.2.3");
    const lock = join(directory.path, "runtimes", "packaged", "1.2.3.lock");
    await mkdir(lock, { recursive: true });
    await utimes(lock, 1, 1);
    await catalogueFor(directory.path, registry.url).ensureRuntime("packaged");
    expect(await versions(directory.path)).toEqual(["1.2.3"]);
  });

  it("goes on for the others when one caller leaves, and ends when all have left", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("packaged-agent", "1.2.3", 500);
    const catalogue = catalogueFor(directory.path, registry.url);
    const [leaving, alone] = [new AbortController(), new AbortController()];
    const left = catalogue.ensureRuntime("packaged", { signal: leaving.signal });
    const stayed = catalogue.ensureRuntime("packaged");
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await stayed;

    await using other = await temporaryDirectory();
    const given = catalogueFor(other.path, registry.url).ensureRuntime("packaged", { signal: alone.signal });
    await expect.poll(() => registry.downloads, { timeout: 20_000 }).toBe(2);
    alone.abort(new Error("gave up"));
    await expect(given).rejects.toThrow("gave up");
    await expect.poll(() => versions(other.path), { timeout: 20_000 }).toEqual([]);
  });

  it("says what to do when the registry cannot be reached", async () => {
    await using directory = await temporaryDirectory();
    const closed = await startRegistry("packaged-agent", "1.2.3");
    await closed[Symbol.asyncDispose]();
    await expect(catalogueFor(directory.path, closed.url).ensureRuntime("packaged")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("npm's registry cannot be reached (ECONNREFUSED). Open the network"),
    });
    expect(await versions(directory.path)).toEqual([]);
  });

  it("names a package or version that does not exist", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("another-agent", "1.2.3");
    const ensured = catalogueFor(directory.path, registry.url).ensureRuntime("packaged");
    await expect(ensured).rejects.toMatchObject({ code: "provider_failed", message: "packaged-agent@1.2.3 could not be installed: npm ended with E404." });
  });

  it("does not accept an installation whose native part is missing", async () => {
    await using directory = await temporaryDirectory();
    await using registry = await startRegistry("packaged-agent", "1.2.3");
    const catalogue = catalogueFor(directory.path, registry.url, packageAgent(["native-a", "native-b"]));
    await expect(catalogue.ensureRuntime("packaged")).rejects.toMatchObject({ code: "provider_failed", message: expect.stringContaining("left out a part") });
    expect(await versions(directory.path)).toEqual([]);
  });

  it("says so when there is no npm", async () => {
    await using directory = await temporaryDirectory();
    const node = join(directory.path, "bin", "node");
    await mkdir(join(directory.path, "bin"));
    await writeFile(node, "");
    const catalogue = createCatalogue({ runtimeDirectory: join(directory.path, "runtimes"), definitions: [packageAgent()], npmEnv: { PATH: join(directory.path, "bin") }, nodePath: node });
    await expect(catalogue.ensureRuntime("packaged")).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("Install npm and try again") });
  });

  it("copies the demo agent, a changed one beside the old", async () => {
    await using directory = await temporaryDirectory();
    const script = join(directory.path, "agent.mjs");
    const paths = { root: "/h", home: "/h", runtime: join(directory.path, "runtimes"), node: process.execPath };
    const catalogue = createCatalogue({ runtimeDirectory: paths.runtime, demoAgentPath: script });
    const config = { agentType: "demo", name: null, model: null, mode: null, thoughtLevel: null, command: null, mcpServers: [], skills: null, cliTools: [], extraOptions: {} };
    const started = async (): Promise<string> => {
      await catalogue.ensureRuntime("demo");
      return catalogue.get("demo").launch({ config, paths, cwd: "/h", env: {}, secrets: {}, serverCredentials: {}, asks: false }).args[0] ?? "";
    };
    await writeFile(script, "one");
    const first = await started();
    await writeFile(script, "two");
    const second = await started();
    expect([await readFile(first, "utf8"), await readFile(second, "utf8")]).toEqual(["one", "two"]);
    await access(first);
    expect((await stat(second)).isFile()).toBe(true);
  });
});
