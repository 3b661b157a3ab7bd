import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("example-main-job", { testTimeout: 120_000, hookTimeout: 60_000 });

export default config;
