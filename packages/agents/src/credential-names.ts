/** Credentials of model vendors that agents reach by further ways of their own. */
export const otherCredentialNames: readonly string[] = ["AWS_BEARER_TOKEN_BEDROCK"];
