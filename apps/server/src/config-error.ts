/** A setting that cannot be obeyed. The message is a sentence for whoever started the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
