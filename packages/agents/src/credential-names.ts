/** Credentials of the registry's agents and of model vendors that have no definition of their own here. */
export const otherCredentialNames: readonly string[] = [
  "AMP_API_KEY",
  "AUGMENT_API_TOKEN",
  "AUGMENT_SESSION_AUTH",
  "AWS_BEARER_TOKEN_BEDROCK",
  "CLINE_API_KEY",
  "CODEBUDDY_API_KEY",
  "COPILOT_GITHUB_TOKEN",
  "CURSOR_API_KEY",
  "DASHSCOPE_API_KEY",
  "DEVIN_API_KEY",
  "FACTORY_API_KEY",
  "JUNIE_API_KEY",
  "KILO_API_KEY",
  "KIMI_API_KEY",
  "MOONSHOT_API_KEY",
  "QWEN_API_KEY",
];
