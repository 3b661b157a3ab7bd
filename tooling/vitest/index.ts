import { defineProject, type UserWorkspaceConfig } from "vitest/config";

const conditions = ["@agent-sdk/source", "module", "node", "import", "default"];
// vitest hands these to Node as flags, where they hold for `require` too: with "import" among them a CommonJS package would be given a module.
const nodeConditions = ["@agent-sdk/source", "node"];

/** The settings every package's tests share: resolve workspace packages to their sources. */
export function project(name: string, overrides: NonNullable<UserWorkspaceConfig["test"]> = {}): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions: nodeConditions, externalConditions: nodeConditions } },
    test: { name, include: ["src/**/*.test.ts", "test/**/*.test.ts"], ...overrides },
  });
}
