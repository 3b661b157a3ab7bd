import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("server");

export default config;
