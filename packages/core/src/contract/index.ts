export { describeSandboxProvider } from "./sandbox-provider.ts";
export type { SandboxProviderContract, SandboxProviderFixture } from "./sandbox-provider-fixture.ts";
export { describeStore } from "./store.ts";
export type { StoreContract, StoreFixture } from "./store-fixture.ts";
