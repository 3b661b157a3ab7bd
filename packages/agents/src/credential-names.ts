/** Credentials of agents that have no definition here yet, and of the model vendors that they call. */
export const otherCredentialNames: readonly string[] = [
  "AWS_BEARER_TOKEN_BEDROCK",
  "CODEX_API_KEY",
  "CODEX_AUTH_JSON",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
  "OPENAI_API_KEY",
  "OPENCODE_API_KEY",
  "OPENROUTER_API_KEY",
];
