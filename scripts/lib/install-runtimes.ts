// Installs agents' runtimes before tests need them: install-runtimes.ts <agent> …
import { homedir } from "node:os";
import { join } from "node:path";
import { createCatalogue } from "@agent-sdk/agents";

const home = process.env["AGENT_SDK_HOME"] ?? join(homedir(), ".agent-sdk");
const catalogue = createCatalogue({ runtimeDirectory: process.env["AGENT_SDK_RUNTIME_DIR"] ?? join(home, "runtimes") });
for (const agent of process.argv.slice(2)) {
  await catalogue.ensureRuntime(agent, { onProgress: (progress) => console.log(progress.message) });
  console.log(`${agent}: installed`);
}
