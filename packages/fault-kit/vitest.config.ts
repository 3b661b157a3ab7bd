import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("fault-kit");

export default config;
