import { systemEnv } from "@agent-sdk/core";
import { describe, expect, it } from "vitest";
import { launchRequest } from "../../test/request.ts";
import type { AgentLaunchPlan, LaunchRequest } from "../definition.ts";
import { openCode } from "./opencode.ts";

const definition = openCode(systemEnv().random);

function launched(values: Partial<LaunchRequest> & { readonly model?: string } = {}): { readonly plan: AgentLaunchPlan; readonly config: Record<string, unknown> } {
  const plan = definition.launch(launchRequest(values));
  return { plan, config: JSON.parse(plan.env["OPENCODE_CONFIG_CONTENT"] ?? "null") as Record<string, unknown> };
}

const keys = ({ env }: AgentLaunchPlan): string[] => Object.keys(env).filter((name) => definition.credentialNames.includes(name));

describe("opencode", () => {
  it("is its native program, without updates and sharing, behind a password that nobody knows", () => {
    const { plan, config } = launched();
    expect(plan.command).toBe(`/runtimes/opencode/1.18.33/node_modules/opencode-${process.platform}-${process.arch}/bin/opencode`);
    expect(plan.args).toEqual(["acp"]);
    expect(config).toEqual({ autoupdate: false, share: "disabled", provider: {} });
    const passwords = [plan, launched().plan].map(({ env }) => env["OPENCODE_SERVER_PASSWORD"]);
    expect(passwords[0]).toMatch(/.{24,}/);
    expect(passwords[1]).not.toBe(passwords[0]);
  });

  it("asks before it edits and runs, so that the session's policy is applied", () => {
    expect(JSON.parse(launched().plan.env["OPENCODE_PERMISSION"] ?? "")).toEqual({ edit: "ask", bash: "ask" });
  });

  it("passes all keys of the session, and then none of the server's", () => {
    const { plan } = launched({ secrets: { OPENROUTER_API_KEY: "1", XAI_API_KEY: "2", OTHER: "3" }, serverCredentials: { ANTHROPIC_API_KEY: "servers" } });
    expect(keys(plan)).toEqual(["OPENROUTER_API_KEY", "XAI_API_KEY"]);
    expect(plan.credentials).toBe("session");
  });

  it.each([
    [undefined, ["OPENROUTER_API_KEY"]],
    ["anthropic/claude-x", ["ANTHROPIC_API_KEY"]],
    ["openrouter/anthropic/claude-x", ["OPENROUTER_API_KEY"]],
    ["google/gemini-x", []],
    ["local/model", []],
  ])("passes one key of the server's: that of the model's vendor (%s)", (model, expected) => {
    const serverCredentials = { ANTHROPIC_API_KEY: "a", OPENROUTER_API_KEY: "o" };
    expect(keys(launched({ serverCredentials, ...(model === undefined ? {} : { model }) }).plan)).toEqual(expected);
  });

  it("reaches vendors where it is told, and takes the server's key only to the server's address", () => {
    const serverCredentials = { OPENROUTER_API_KEY: "servers", OPENROUTER_BASE_URL: "http://127.0.0.1:1/v1/", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" };
    const { plan, config } = launched({ model: "openrouter/vendor/x", serverCredentials });
    expect(keys(plan)).toEqual(["OPENROUTER_API_KEY"]);
    expect(config).toMatchObject({
      model: "openrouter/vendor/x",
      provider: { openrouter: { options: { baseURL: "http://127.0.0.1:1/v1" }, models: { "vendor/x": {} } }, anthropic: { options: { baseURL: "http://127.0.0.1:1/v1" } } },
    });
    const elsewhere = launched({ model: "openrouter/vendor/x", env: { OPENROUTER_BASE_URL: "https://elsewhere.example" }, serverCredentials });
    expect(elsewhere.plan.credentials).toBe("none");
    expect(JSON.stringify(elsewhere.plan)).not.toContain("servers");
  });

  it("merges the session's own configuration over ours", () => {
    const own = '{"provider":{"local":{"npm":"@ai-sdk/openai-compatible"}},"autoupdate":true}';
    expect(launched({ env: { OPENCODE_CONFIG_CONTENT: own } }).config).toMatchObject({ share: "disabled", autoupdate: true, provider: { local: { npm: "@ai-sdk/openai-compatible" } } });
  });
});
