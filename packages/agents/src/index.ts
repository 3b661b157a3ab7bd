export type { AgentType, AgentTypeKind } from "./agent-type.ts";
export { createCatalogue } from "./catalogue.ts";
export type { AgentCatalogue, CatalogueOptions } from "./catalogue.ts";
export type { AgentBehaviour, AgentDefinition, AgentLaunchPlan, AgentRuntime, Credentials, CredentialSource, LaunchFile, LaunchRequest, SessionEnvironment, SettingCarrier, SettingCarriers, TurnSign } from "./definition.ts";
export type { EnsureOptions } from "./runtime/runtime-installer.ts";
export type { InstallProgress, ProgressListener } from "./runtime/progress.ts";
export { loadRegistry } from "./registry/load-registry.ts";
export type { LoadRegistryOptions } from "./registry/load-registry.ts";
export type { BinaryTarget, PackageDistribution, Registry, RegistryAgent } from "./registry/schema.ts";
