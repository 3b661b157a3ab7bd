import type { Logger } from "@agent-sdk/core";
import { pino, type DestinationStream } from "pino";
import type { LogLevel } from "./config.ts";

/** Whatever is logged under these names, at the top or one level below, is not written. */
const secretFields: readonly string[] = ["authorization", "token", "apiKey", "api_key", "secret", "secrets", "password", "env", "databaseUrl", "serverCredentials", "supervisorToken", "headers"];

/** Structured lines: JSON on standard output, where `destination` is not given. */
export function createLogger(options: { readonly level: LogLevel; readonly destination?: DestinationStream }): Logger {
  const paths = secretFields.flatMap((name) => [name, `*.${name}`]);
  const settings = { level: options.level, base: null, redact: { paths, censor: "[redacted]" }, formatters: { level: (label: string) => ({ level: label }) } };
  const logger = pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }));
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
