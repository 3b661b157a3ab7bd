import { defineProject, type UserWorkspaceConfig } from "vitest/config";

const conditions = ["@agent-sdk/source", "module", "node", "import", "default"];

/** The settings every package's tests share: resolve workspace packages to their sources. */
export function project(name: string, overrides: NonNullable<UserWorkspaceConfig["test"]> = {}): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: { name, include: ["src/**/*.test.ts", "test/**/*.test.ts"], ...overrides },
  });
}
