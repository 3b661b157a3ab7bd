export { simulate } from "./run.ts";
export type { SimulationOptions, SimulationResult } from "./run.ts";
export { faultKinds } from "./kernel/choices.ts";
export type { Deviation, FaultKind } from "./kernel/choices.ts";
export { Sometimes } from "./kernel/violations.ts";
export type { Violation } from "./kernel/violations.ts";
export type { PoolParts, Tamper } from "./world/replica.ts";
export { plantedBugs } from "./planted/bugs.ts";
export { shrink } from "./shrink.ts";
