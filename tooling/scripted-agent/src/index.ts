export { epochMicroseconds, readEmitted, type EmittedUpdate } from "./emitted.ts";
export { scriptedAgentPath } from "./path.ts";
export * as script from "./script.ts";
export type { AskOptions, EmitOptions } from "./script.ts";
