import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("pool");

export default config;
