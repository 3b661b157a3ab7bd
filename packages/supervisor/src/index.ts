export { supervisorBundlePath, supervisorNodeFlags } from "./bundle.ts";
export { agentExitedMethod, connectionHeader, firstPositionHeader, generationHeader, markerVariable, maxMessageBytes, sessionHeader, supervisorVariables, tokenHeader } from "./wire.ts";
export type { ErrorBody, SupervisorReady } from "./wire.ts";
export type { Handover } from "./handover.ts";
