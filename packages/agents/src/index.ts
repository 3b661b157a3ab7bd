export { createCatalogue } from "./catalogue.ts";
export type { AgentCatalogue, CatalogueOptions } from "./catalogue.ts";
export type { AgentBehaviour, AgentDefinition, AgentLaunchPlan, AgentRuntime, Credentials, CredentialSource, LaunchFile, LaunchRequest, SessionEnvironment, SettingCarrier, SettingCarriers, TurnSign } from "./definition.ts";
export type { EnsureOptions } from "./runtime/runtime-installer.ts";
export type { InstallProgress, ProgressListener } from "./runtime/progress.ts";
