import { AgentSdkError } from "../errors.ts";

/**
 * Names under which agents and their tools look for credentials. `env` of a session is shown to its readers, so these are refused there and
 * belong into `secrets`.
 */
const credentialNames: ReadonlySet<string> = new Set([
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AZURE_OPENAI_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CODEX_API_KEY",
  "CODEX_AUTH_JSON",
  "CURSOR_API_KEY",
  "DAYTONA_API_KEY",
  "DEEPSEEK_API_KEY",
  "GEMINI_API_KEY",
  "GH_TOKEN",
  "GITHUB_TOKEN",
  "GITLAB_TOKEN",
  "GOOGLE_API_KEY",
  "GROQ_API_KEY",
  "HF_TOKEN",
  "MISTRAL_API_KEY",
  "MODAL_TOKEN_ID",
  "MODAL_TOKEN_SECRET",
  "NPM_TOKEN",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "XAI_API_KEY",
]);

/** True for a variable that is known to hold a credential. */
export function isCredentialName(name: string): boolean {
  return credentialNames.has(name.toUpperCase());
}

/**
 * For names that only the server knows: those of the agents in its catalogue.
 * @throws AgentSdkError `bad_request` that points to `secrets`.
 */
export function refuseCredentials(env: Readonly<Record<string, string>>, names: ReadonlySet<string>): void {
  const name = Object.keys(env).find((candidate) => names.has(candidate));
  if (name === undefined) return;
  throw new AgentSdkError("bad_request", `Field "env.${name}": is a credential: put it into "secrets", which are never shown.`, { details: { field: `env.${name}` } });
}
