export { createApp } from "./app.ts";
export type { AppOptions } from "./app.ts";
export type { App, RouteDependencies, ServerEnv, StreamLimits } from "./http/context.ts";
export { listen } from "./http/listen.ts";
export type { Listening } from "./http/listen.ts";
export { ConfigError, readConfig } from "./config.ts";
export type { Isolation, LogLevel, ServerConfig } from "./config.ts";
export { createLogger } from "./logger.ts";
