import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("e2e", { testTimeout: 60_000, hookTimeout: 60_000 });

export default config;
