import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("cli");

export default config;
