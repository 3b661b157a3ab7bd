import { describe } from "vitest";
import { describeSandboxCreation } from "./sandbox-provider-creation.ts";
import type { SandboxProviderContract } from "./sandbox-provider-fixture.ts";
import { describeSandboxInside } from "./sandbox-provider-inside.ts";
import { describeSandboxLife } from "./sandbox-provider-life.ts";
import { describeSandboxSecrets } from "./sandbox-provider-secrets.ts";
import { describeSandboxVolumes } from "./sandbox-provider-volumes.ts";

/**
 * The contract of `SandboxProvider`, as tests. Run by every provider, the fake one included; looks at processes and files only from inside the sandbox
 * or through the provider, so that it does not matter where a sandbox runs. Skips by declared capability, never by name.
 */
export function describeSandboxProvider(name: string, contract: SandboxProviderContract): void {
  const title = contract.missing === undefined ? name : `${name} (skipped: ${contract.missing})`;
  describe.skipIf(contract.missing !== undefined)(title, { timeout: contract.timeoutMs ?? 30_000 }, () => {
    describeSandboxCreation(contract);
    describeSandboxInside(contract);
    describeSandboxSecrets(contract);
    describeSandboxLife(contract);
    describeSandboxVolumes(contract);
  });
}
