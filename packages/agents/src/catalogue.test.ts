import { describe, expect, it } from "vitest";
import { createCatalogue } from "./catalogue.ts";

describe("createCatalogue", () => {
  it("lists what it knows when asked for something else", () => {
    const registry = { version: "1", agents: [{ id: "gemini", name: "Another Gemini", version: "9.9.9", distribution: { npx: { package: "gemini@9.9.9" } } }] };
    const catalogue = createCatalogue({ runtimeDirectory: "/nowhere", demoAgentPath: "/nowhere/agent.mjs", registry });
    // A built-in one is not replaced by the registry's.
    expect(catalogue.get("gemini").title).toBe("Gemini CLI");
    expect(catalogue.list().map(({ id }) => id)).toEqual(["claude", "codex", "custom", "demo", "gemini", "opencode"]);
    expect(() => catalogue.get("clod")).toThrow(expect.objectContaining({ code: "bad_request", message: 'There is no agent type "clod". Known ones: claude, codex, custom, demo, gemini, opencode.' }));
  });

  it("has no demo agent without its file", () => {
    expect(() => createCatalogue({ runtimeDirectory: "/nowhere" }).get("demo")).toThrow(expect.objectContaining({ code: "bad_request" }));
  });

  it("knows the credential names of all agents", () => {
    const { credentialNames } = createCatalogue({ runtimeDirectory: "/nowhere" });
    expect([...credentialNames]).toEqual(expect.arrayContaining(["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "CODEX_AUTH_JSON", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "CURSOR_API_KEY"]));
  });

  it("describes what can be chosen, with what is installed", async () => {
    const described = await createCatalogue({ runtimeDirectory: "/nowhere" }).describe();
    expect(described.find(({ id }) => id === "codex")).toEqual({
      id: "codex",
      title: "Codex",
      kind: "npm",
      version: "2.6.0",
      installed: false,
      sizeBytes: 457_000_000,
      modes: ["read-only", "workspace-write", "agent", "agent-full-access"],
      settings: { model: "model", mode: "mode", thoughtLevel: "reasoning_effort" },
      credentialNames: ["CODEX_AUTH_JSON", "api_key", "OPENAI_API_KEY", "CODEX_API_KEY"],
    });
    expect(described.find(({ id }) => id === "custom")).toMatchObject({ kind: "command", version: null, installed: true });
  });

  it("starts a custom agent by its command, and refuses one without", () => {
    const custom = createCatalogue({ runtimeDirectory: "/nowhere" }).get("custom");
    const config = { agentType: "custom", name: null, model: null, mode: null, thoughtLevel: null, mcpServers: [], skills: null, cliTools: [], extraOptions: {} };
    const paths = { root: "/h", home: "/h", runtime: "/r", node: "/n" };
    const request = { paths, cwd: "/h", env: {}, secrets: {}, serverCredentials: { ANTHROPIC_API_KEY: "servers" }, asks: false };
    const plan = custom.launch({ ...request, config: { ...config, command: { path: "my-agent", args: ["--acp"], env: { A: "1" } } } });
    expect(plan).toEqual({ command: "my-agent", args: ["--acp"], env: { A: "1" }, cwd: "/h", credentials: "none", files: [] });
    expect(() => custom.launch({ ...request, config: { ...config, command: null } })).toThrow(expect.objectContaining({ code: "bad_request" }));
  });
});
