import { describe, expect, it } from "vitest";
import { launchRequest } from "../../test/request.ts";
import type { AgentLaunchPlan, LaunchRequest } from "../definition.ts";
import { codex } from "./codex.ts";

function launched(values: Partial<LaunchRequest> & { readonly model?: string } = {}): { readonly plan: AgentLaunchPlan; readonly config: Record<string, unknown> } {
  const plan = codex().launch(launchRequest(values));
  return { plan, config: JSON.parse(plan.env["CODEX_CONFIG"] ?? "null") as Record<string, unknown> };
}

describe("codex", () => {
  it("is started by the sandbox's Node, without a browser, updates, analytics and plugins", () => {
    const { plan, config } = launched();
    expect(plan).toMatchObject({ command: "/usr/bin/node", args: ["/runtimes/codex/2.6.0/node_modules/@agentclientprotocol/codex-acp/dist/index.js"], credentials: "none" });
    expect(plan.env).toMatchObject({ NO_BROWSER: "1" });
    expect(config).toMatchObject({ analytics: { enabled: false }, check_for_update_on_startup: false, features: { plugins: false } });
  });

  it("asks where the session's policy wants to be asked", () => {
    expect(launched({ asks: false }).plan.env["INITIAL_AGENT_MODE"]).toBe("agent-full-access");
    expect(launched({ asks: true }).plan.env["INITIAL_AGENT_MODE"]).toBe("read-only");
  });

  it.each([
    [{ CODEX_API_KEY: "1", OPENAI_API_KEY: "2" }, "1"],
    [{ OPENAI_API_KEY: "2" }, "2"],
    [{ api_key: "3", OPENAI_API_KEY: "2" }, "3"],
  ])("passes the strongest key in one variable (%#)", (credentials, key) => {
    for (const values of [{ secrets: credentials }, { serverCredentials: credentials }]) {
      const { plan } = launched(values);
      expect(plan.env).toMatchObject({ OPENAI_API_KEY: key });
      expect(plan.env).not.toHaveProperty("CODEX_API_KEY");
    }
  });

  it("hides the key from the commands that it runs", () => {
    expect(launched({ secrets: { OPENAI_API_KEY: "k" } }).config).toMatchObject({ shell_environment_policy: { exclude: ["OPENAI_API_KEY"] } });
  });

  it("talks to the given address by a provider of its own, with the model as it is", () => {
    const { config } = launched({ model: "vendor/model-9", serverCredentials: { OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_API_KEY: "k" } });
    expect(config).toMatchObject({ model: "vendor/model-9", model_provider: "agent_sdk", model_providers: { agent_sdk: { base_url: "http://127.0.0.1:1/v1", env_key: "OPENAI_API_KEY" } } });
  });

  it("needs no key at an address of the session's, and asks for a login where there is neither", () => {
    expect(launched({ env: { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" } }).config).toMatchObject({ model_providers: { agent_sdk: { name: "OpenAI", base_url: "http://127.0.0.1:1/v1", wire_api: "responses" } } });
    expect(launched().config).not.toHaveProperty("model_provider");
  });

  it("does not send the server's key to an address of the session's choice", () => {
    const { plan } = launched({ env: { OPENAI_BASE_URL: "https://elsewhere.example/v1" }, serverCredentials: { OPENAI_API_KEY: "servers" } });
    expect(plan.credentials).toBe("none");
    expect(JSON.stringify(plan)).not.toContain("servers");
  });

  it("merges the session's own configuration over ours, and refuses what is none", () => {
    const { config } = launched({ env: { CODEX_CONFIG: '{"features":{"web":true},"analytics":{"enabled":true}}' } });
    expect(config).toMatchObject({ features: { plugins: false, web: true }, analytics: { enabled: true } });
    expect(() => launched({ env: { CODEX_CONFIG: "[1]" } })).toThrow(expect.objectContaining({ code: "bad_request", message: "The variable CODEX_CONFIG must be a JSON object." }));
  });

  describe("with a login", () => {
    const login = JSON.stringify({ auth_mode: "chatgpt", tokens: { access_token: "access", refresh_token: "refresh" } });

    it("puts the session's into its HOME as it is, and passes no key beside", () => {
      const { plan, config } = launched({ secrets: { CODEX_AUTH_JSON: login, OPENAI_API_KEY: "k" } });
      expect(plan.files).toEqual([{ path: ".codex/auth.json", content: login }]);
      expect(plan.credentials).toBe("session");
      expect(plan.env).not.toHaveProperty("OPENAI_API_KEY");
      expect(config).not.toHaveProperty("model_provider");
    });

    it("gives the server's without its refresh token, which is good for one use", () => {
      const { plan } = launched({ serverCredentials: { CODEX_AUTH_JSON: login } });
      expect(plan.credentials).toBe("server");
      expect(JSON.parse(plan.files[0]?.content ?? "")).toEqual({ auth_mode: "chatgpt", tokens: { access_token: "access", refresh_token: "" } });
    });

    it.each([{ secrets: { OPENAI_API_KEY: "mine" } }, { env: { OPENAI_BASE_URL: "https://elsewhere.example/v1" } }])("does not give the server's where the session has its own way (%#)", (session) => {
      const { plan } = launched({ ...session, serverCredentials: { CODEX_AUTH_JSON: login } });
      expect(plan.files).toEqual([]);
      expect(JSON.stringify(plan)).not.toContain("access_token");
    });

    it("uses it at another address, too", () => {
      const { config } = launched({ secrets: { CODEX_AUTH_JSON: login }, env: { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" } });
      expect(config).toMatchObject({ model_providers: { agent_sdk: { base_url: "http://127.0.0.1:1/v1", requires_openai_auth: true } } });
    });
  });

  it("reads from the thread's status that a turn failed which it ends as if it were done", () => {
    const sign = (type: string) => codex().turnSign?.({ sessionUpdate: "session_info_update", _meta: { codex: { threadStatus: { type } } } });
    expect([sign("active"), sign("systemError"), sign("idle")]).toEqual(["recovered", "failed", null]);
    expect(codex().turnSign?.({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "systemError" } })).toBeNull();
  });

  it("keeps credentials out of the sandbox's own environment", () => {
    const secrets = { OPENAI_API_KEY: "1", CODEX_API_KEY: "2", CODEX_AUTH_JSON: "{}", api_key: "3", GITHUB_TOKEN: "y" };
    expect(codex().sandboxEnvironment({ env: { PLAIN: "x" }, secrets })).toEqual({ PLAIN: "x", GITHUB_TOKEN: "y" });
  });
});
