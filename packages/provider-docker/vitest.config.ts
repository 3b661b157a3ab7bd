import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("provider-docker");

export default config;
