import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("client");

export default config;
