import { describe, expect, it } from "vitest";
import { launchRequest as request } from "../../test/request.ts";
import { claude } from "./claude.ts";

const everything = { oauth_token: "1", CLAUDE_CODE_OAUTH_TOKEN: "2", api_key: "3", ANTHROPIC_API_KEY: "4" };
const without = (...names: string[]): Record<string, string> => Object.fromEntries(Object.entries(everything).filter(([name]) => !names.includes(name)));

describe("claude", () => {
  it("is started by the sandbox's Node from the runtime directory", () => {
    const plan = claude().launch(request());
    expect(plan.command).toBe("/usr/bin/node");
    expect(plan.args).toEqual(["/runtimes/claude/0.100.0/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js"]);
    expect(plan.cwd).toBe("/home/agent/work");
    expect(plan.env).toEqual({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" });
    expect(plan.credentials).toBe("none");
  });

  it.each([
    [everything, { CLAUDE_CODE_OAUTH_TOKEN: "1" }],
    [without("oauth_token"), { CLAUDE_CODE_OAUTH_TOKEN: "2" }],
    [without("oauth_token", "CLAUDE_CODE_OAUTH_TOKEN"), { ANTHROPIC_API_KEY: "3" }],
    [without("oauth_token", "CLAUDE_CODE_OAUTH_TOKEN", "api_key"), { ANTHROPIC_API_KEY: "4" }],
    [{ ANTHROPIC_AUTH_TOKEN: "5" }, { ANTHROPIC_AUTH_TOKEN: "5" }],
    [{ CLAUDE_CODE_OAUTH_TOKEN: "", ANTHROPIC_API_KEY: "4" }, { ANTHROPIC_API_KEY: "4" }],
  ])("passes exactly one credential, the strongest (%#)", (credentials, expected) => {
    for (const values of [{ secrets: credentials }, { serverCredentials: credentials }]) {
      const { env } = claude().launch(request(values));
      expect(env).toEqual({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", ...expected });
    }
  });

  it("does not look at the server's credentials when the session brings its own, however weak", () => {
    const plan = claude().launch(request({ secrets: { ANTHROPIC_API_KEY: "mine" }, serverCredentials: { CLAUDE_CODE_OAUTH_TOKEN: "servers" } }));
    expect(plan.env).toEqual({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", ANTHROPIC_API_KEY: "mine" });
    expect(plan.credentials).toBe("session");
  });

  it("does not send the server's key to a model server of the session's choice", () => {
    const plan = claude().launch(request({ env: { ANTHROPIC_BASE_URL: "https://elsewhere.example" }, serverCredentials: { ANTHROPIC_API_KEY: "servers" } }));
    expect(plan.env).toEqual({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", ANTHROPIC_BASE_URL: "https://elsewhere.example" });
    expect(plan.credentials).toBe("none");
  });

  it("passes the server's base URL with the server's key", () => {
    const plan = claude().launch(request({ serverCredentials: { ANTHROPIC_API_KEY: "key", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" } }));
    expect(plan.env).toMatchObject({ ANTHROPIC_API_KEY: "key", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" });
    expect(plan.credentials).toBe("server");
  });

  it("passes a model on as it is, another vendor's too", () => {
    expect(claude().launch(request({ model: "vendor/model-9" })).env).toMatchObject({ ANTHROPIC_MODEL: "vendor/model-9" });
  });

  it("keeps credentials and a wrong IS_SANDBOX out of the sandbox's own environment", () => {
    const env = { PLAIN: "x", IS_SANDBOX: "yes" };
    expect(claude().sandboxEnvironment({ env, secrets: { ...everything, GITHUB_TOKEN: "y" } })).toEqual({ PLAIN: "x", GITHUB_TOKEN: "y" });
    expect(claude().sandboxEnvironment({ env: { IS_SANDBOX: "1" }, secrets: {} })).toEqual({ IS_SANDBOX: "1" });
  });
});
