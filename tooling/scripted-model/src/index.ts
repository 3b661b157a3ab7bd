export type { RecordedRequest } from "./recorder.ts";
export { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from "./server.ts";
