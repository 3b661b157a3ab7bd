import { describe, expect, it } from "vitest";
import { createCatalogue } from "./catalogue.ts";

describe("createCatalogue", () => {
  it("lists what it knows when asked for something else", () => {
    const catalogue = createCatalogue({ runtimeDirectory: "/nowhere", demoAgentPath: "/nowhere/agent.mjs" });
    expect(catalogue.list().map(({ id }) => id)).toEqual(["claude", "codex", "custom", "demo", "gemini", "opencode"]);
    expect(() => catalogue.get("clod")).toThrow(expect.objectContaining({ code: "bad_request", message: 'There is no agent type "clod". Known ones: claude, codex, custom, demo, gemini, opencode.' }));
  });

  it("has no demo agent without its file", () => {
    expect(() => createCatalogue({ runtimeDirectory: "/nowhere" }).get("demo")).toThrow(expect.objectContaining({ code: "bad_request" }));
  });

  it("knows the credential names of all agents", () => {
    const { credentialNames } = createCatalogue({ runtimeDirectory: "/nowhere" });
    expect([...credentialNames]).toEqual(expect.arrayContaining(["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "CODEX_AUTH_JSON"]));
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
