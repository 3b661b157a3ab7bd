import { startScriptedModel } from "@agent-sdk/scripted-model";
import type { Audience } from "./prompts.ts";

/** What the agents of the demo's server think with. */
export interface Model extends AsyncDisposable {
  readonly audience: Audience;
  /** One line for whoever watches. */
  readonly description: string;
  /** What the server's environment needs for it. */
  readonly environment: Readonly<Record<string, string>>;
}

const credentialNames: readonly string[] = ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"];

function withoutServer(audience: Audience, description: string): Model {
  return { audience, description, environment: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Anthropic where there are credentials for it; otherwise a model server of our own on loopback, which plays what the prompts say. */
export async function chooseModel(agent: string): Promise<Model> {
  if (agent === "demo") return withoutServer("scripted-agent", "model: none, the demo agent plays what the prompts say");
  const found = credentialNames.find((name) => process.env[name]?.trim());
  if (found !== undefined) return withoutServer("model", `model: Anthropic, with ${found}`);
  const scripted = await startScriptedModel();
  return {
    audience: "scripted-model",
    description: `model: scripted, on this machine (neither ${credentialNames.join(" nor ")} is set)`,
    environment: { ANTHROPIC_BASE_URL: scripted.url, ANTHROPIC_API_KEY: "scripted", ANTHROPIC_AUTH_TOKEN: "" },
    [Symbol.asyncDispose]: () => scripted[Symbol.asyncDispose](),
  };
}
