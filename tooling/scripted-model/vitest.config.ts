import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("scripted-model");

export default config;
