import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("store-postgres");

export default config;
