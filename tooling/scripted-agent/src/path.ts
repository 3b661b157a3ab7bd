import { fileURLToPath } from "node:url";

/** Absolute path of the agent: one plain JavaScript file without dependencies, to be started as `node <path>`. */
export const scriptedAgentPath: string = fileURLToPath(new URL("../scripted-agent.mjs", import.meta.url));
