import { project } from "@agent-sdk/vitest-config";

const config: ReturnType<typeof project> = project("pool", { testTimeout: 20_000 });

export default config;
