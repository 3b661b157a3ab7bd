import { defineConfig } from "vitest/config";

/** Every project sees the packages' sources, so tests run with nothing built (but for the supervisor's bundle). */
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "tooling/*", "examples/*", "e2e"],
  },
});
