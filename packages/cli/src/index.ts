export { exitCodes } from "./exit-codes.ts";
export { runCommandLine } from "./program.ts";
export { Interrupts } from "./terminal.ts";
export type { Output, Terminal } from "./terminal.ts";
