export { unixLocalProvider } from "./unix-local-provider.ts";
export type { UnixLocalOptions } from "./unix-local-provider.ts";
export type { IsolationMode } from "./isolation/isolation.ts";
