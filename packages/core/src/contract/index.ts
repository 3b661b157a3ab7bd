export { describeSandboxProvider } from "./sandbox-provider.ts";
export type { SandboxProviderContract, SandboxProviderFixture } from "./sandbox-provider-fixture.ts";
