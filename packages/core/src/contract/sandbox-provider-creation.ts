import { describe, expect, it, vi } from "vitest";
import type { SandboxRecipe } from "../sandbox-state.ts";
import { isAgentSdkError } from "../errors.ts";
import { openBench, type SandboxProviderContract } from "./sandbox-provider-fixture.ts";

/** Recipes that the declared capabilities do not cover. */
function unsupported({ capabilities }: SandboxProviderContract): readonly (readonly [string, Partial<SandboxRecipe>])[] {
  const has = (resource: "cpu" | "memory" | "disk" | "gpu"): boolean => capabilities.resources.includes(resource);
  const policies = capabilities.networkPolicies;
  return [
    ...(capabilities.images ? [] : ([["image", { image: "debian" }], ["dockerfile_content", { dockerfileContent: "FROM debian" }]] as const)),
    ...(has("cpu") ? [] : ([["resources.cpu", { resources: { cpu: 1 } }]] as const)),
    ...(has("memory") ? [] : ([["resources.memory_mib", { resources: { memoryMib: 512 } }]] as const)),
    ...(has("disk") ? [] : ([["resources.disk_gib", { resources: { diskGib: 1 } }]] as const)),
    ...(has("gpu") ? [] : ([["resources.gpu", { resources: { gpu: "any" } }]] as const)),
    ...(policies.includes("none") ? [] : ([["network", { network: "none" }]] as const)),
    ...(policies.includes("internal") ? [] : ([["network", { network: "internal" }]] as const)),
    ...(policies.includes("allow") ? [] : ([["network", { network: { allow: ["example.com"] } }]] as const)),
  ];
}

/** The variables that a server may have and a sandbox must not. Set for the length of one test. */
function stubServerEnvironment(): Disposable {
  const canary = "leaked-from-the-server";
  vi.stubEnv("CONTRACT_CANARY", canary).stubEnv("ANTHROPIC_API_KEY", canary).stubEnv("npm_config_contract", canary).stubEnv("IS_SANDBOX", "yes").stubEnv("NODE_OPTIONS", "--no-warnings");
  return { [Symbol.dispose]: () => void vi.unstubAllEnvs() };
}

export function describeSandboxCreation(contract: SandboxProviderContract): void {
  describe("create", () => {
    it("declares the capabilities that it has", async () => {
      await using bench = await openBench(contract);
      expect(bench.provider.capabilities).toEqual(contract.capabilities);
    });

    it("makes a sandbox whose supervisor answers, in its working directory", async () => {
      await using bench = await openBench(contract);
      const sandbox = await bench.create({ cwd: "projects/one" });
      expect(sandbox.isolation).toBe(contract.capabilities.isolation);
      expect(await bench.run(sandbox, "pwd -P")).toBe(sandbox.paths.root);
      expect(await bench.run(sandbox, 'cd ~/projects/one && pwd -P && printf %s "$HOME"')).toBe(`${sandbox.paths.root}\n${sandbox.paths.home}`);
      expect(await bench.run(sandbox, `${sandbox.paths.node} -p 6*7`)).toBe("42");
      expect(await bench.provider.status(sandbox.ref)).toBe("running");
    });

    it("passes the session's environment, byte for byte, and nothing of the server's", async () => {
      using _environment = stubServerEnvironment();
      await using bench = await openBench(contract);
      const env = { PLAIN: "value", ODD: "two words\n\"quoted\" $HOME ü =" };
      const sandbox = await bench.create({ env });
      await using client = bench.connect(sandbox);
      const { stdout } = await client.exec({ command: `${sandbox.paths.node} -p 'JSON.stringify(process.env)'`, timeoutMs: 20_000 });
      const inside = JSON.parse(stdout) as Record<string, string>;
      expect(inside).toMatchObject(env);
      expect(stdout).not.toContain("leaked-from-the-server");
      expect(Object.keys(inside)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(IS_SANDBOX|NODE_OPTIONS|npm_.*|VITEST.*)$/)]));
      expect(Object.values(inside)).not.toContain("contract-supervisor-token");
    });

    it.each(["", "1X", "A B", "A=B", "A;B", "A\nB"])("refuses %j as a variable's name", async (name) => {
      await using bench = await openBench(contract);
      await expect(bench.create({ env: { [name]: "x" } })).rejects.toMatchObject({ code: "bad_request" });
    });

    it("runs pre-start commands in order, inside, with HOME and the session's environment", async () => {
      await using bench = await openBench(contract);
      const preStartCommands = ['printf "%s " "$HOME" > ~/first', 'printf "%s" "$GREETING" >> ~/first'];
      const sandbox = await bench.create({ recipe: { ...bench.recipe, preStartCommands }, env: { GREETING: "hello" } });
      expect(await bench.run(sandbox, "cat ~/first")).toBe(`${sandbox.paths.home} hello`);
    });

    it("removes everything when a pre-start command fails, and names it with its output", async () => {
      await using bench = await openBench(contract);
      const recipe = { ...bench.recipe, preStartCommands: ["true", "echo some-output; exit 3"] };
      const failed = await bench.create({ recipe }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: "sandbox_failed", message: expect.stringMatching(/pre_start_commands\[1\].*exit code 3.*some-output/s) });
      expect(await bench.listed()).toEqual([]);
      expect(await bench.leftovers()).toEqual([]);
    });

    const refused = unsupported(contract);
    it.skipIf(refused.length === 0)("refuses what it cannot honour before anything is made, naming the field", async () => {
      await using bench = await openBench(contract);
      for (const [field, change] of refused) {
        const recipe = { ...bench.recipe, ...change };
        const attempt = (): void => bench.provider.validate(recipe);
        expect(attempt, field).toThrow(expect.objectContaining({ message: expect.stringContaining(field) }));
        const failed = await bench.create({ recipe }).catch((error: unknown) => error);
        expect(isAgentSdkError(failed, "bad_request") || isAgentSdkError(failed, "not_supported"), field).toBe(true);
      }
      expect(await bench.listed()).toEqual([]);
    });

    it("refuses a HOME that leaves its volume, and a volume that does not exist", async () => {
      await using bench = await openBench(contract);
      for (const subpath of ["", "..", "../other", "agents/../../other", "/etc"]) {
        await expect(bench.create({ subpath }), subpath).rejects.toMatchObject({ code: "bad_request" });
      }
      const spec = await bench.spec();
      await bench.provider.volumes.destroy(spec.home.volumeRef);
      await expect(bench.provider.create(spec)).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.listed()).toEqual([]);
    });

    it("makes nothing when it is aborted before", async () => {
      await using bench = await openBench(contract);
      await expect(bench.create({}, { signal: AbortSignal.abort(new Error("changed my mind")) })).rejects.toThrow("changed my mind");
      expect(await bench.listed()).toEqual([]);
    });

    it("leaves nothing, at whatever moment it is aborted", async () => {
      await using bench = await openBench(contract);
      const recipe = { ...bench.recipe, preStartCommands: ["true"] };
      const startedAt = performance.now();
      const whole = await bench.create({ recipe });
      const length = performance.now() - startedAt;
      await bench.provider.destroy(whole.ref);
      const steps = 16;
      for (let step = 0; step < steps; step += 1) {
        const moment = Math.round(((step + Math.random()) / steps) * length);
        const created = await bench.create({ recipe }, { signal: AbortSignal.timeout(moment) }).catch((error: unknown) => error);
        if (created instanceof Error) expect(created.name, `aborted after ${moment} ms`).toBe("TimeoutError");
        else await bench.provider.destroy((created as { readonly ref: string }).ref);
        expect(await bench.listed(), `aborted after ${moment} ms`).toEqual([]);
        expect(await bench.leftovers(), `aborted after ${moment} ms`).toEqual([]);
      }
    });

    it("does not make a second sandbox of the same id", async () => {
      await using bench = await openBench(contract);
      const spec = await bench.spec();
      const first = await bench.provider.create(spec);
      try {
        await expect(bench.provider.create(spec)).rejects.toMatchObject({ code: "conflict" });
        expect(await bench.provider.status(first.ref)).toBe("running");
        expect(await bench.run(first, "echo alive")).toBe("alive");
      } finally {
        await bench.provider.destroy(first.ref);
      }
    });
  });
}
