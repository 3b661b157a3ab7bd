import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("test-postgres");

export default config;
