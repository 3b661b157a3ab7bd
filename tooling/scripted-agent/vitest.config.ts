import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("scripted-agent");

export default config;
