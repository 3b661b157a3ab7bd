import { describe, expect, it } from "vitest";
import { launchRequest } from "../../test/request.ts";
import { gemini } from "./gemini.ts";

const always = { GEMINI_CLI_NO_RELAUNCH: "1", GEMINI_CLI_TRUST_WORKSPACE: "true", GEMINI_CLI_SYSTEM_DEFAULTS_PATH: "/home/agent/.agent-sdk/gemini-settings.json" };

describe("gemini", () => {
  it("is started by the sandbox's Node as an ACP agent, trusting its directory, without telemetry", () => {
    const plan = gemini().launch(launchRequest());
    expect(plan).toMatchObject({ command: "/usr/bin/node", args: ["/runtimes/gemini/0.61.0/node_modules/@google/gemini-cli/bundle/gemini.js", "--acp"], credentials: "none" });
    expect(plan.env).toEqual(always);
    expect(plan.files).toEqual([{ path: ".agent-sdk/gemini-settings.json", content: expect.stringContaining('"usageStatisticsEnabled":false') }]);
  });

  it.each([
    [{ api_key: "1", GEMINI_API_KEY: "2" }, { GEMINI_API_KEY: "1" }],
    [{ GEMINI_API_KEY: "2", GOOGLE_API_KEY: "3" }, { GEMINI_API_KEY: "2" }],
    [{ GOOGLE_API_KEY: "3" }, { GOOGLE_API_KEY: "3" }],
  ])("passes exactly one key, the strongest (%#)", (credentials, expected) => {
    expect(gemini().launch(launchRequest({ secrets: credentials })).env).toEqual({ ...always, ...expected });
    expect(gemini().launch(launchRequest({ serverCredentials: credentials })).env).toEqual({ ...always, ...expected });
    expect(gemini().launch(launchRequest({ secrets: { GOOGLE_API_KEY: "mine" }, serverCredentials: credentials })).env).toEqual({ ...always, GOOGLE_API_KEY: "mine" });
  });

  it("passes address and model on as they are, and the server's key only to the server's address", () => {
    const servers = { GEMINI_API_KEY: "servers", GOOGLE_GEMINI_BASE_URL: "http://127.0.0.1:1" };
    expect(gemini().launch(launchRequest({ model: "vendor/x", serverCredentials: servers })).env).toEqual({ ...always, ...servers, GEMINI_MODEL: "vendor/x" });
    const elsewhere = gemini().launch(launchRequest({ env: { GOOGLE_GEMINI_BASE_URL: "https://elsewhere.example" }, serverCredentials: servers }));
    expect(elsewhere.env).toEqual({ ...always, GOOGLE_GEMINI_BASE_URL: "https://elsewhere.example" });
  });
});
