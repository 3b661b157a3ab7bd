import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("provider-unix-local");

export default config;
