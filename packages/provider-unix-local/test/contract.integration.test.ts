import { describeSandboxProvider } from "@agent-sdk/core/contract";
import { bubblewrapMissing, capabilities, localFixture } from "./fixture.ts";

describeSandboxProvider("unix_local with plain processes", { create: () => localFixture({ isolation: "process" }), capabilities: capabilities("process") });

describeSandboxProvider("unix_local with namespaces", {
  create: () => localFixture({ isolation: "namespace" }),
  capabilities: capabilities("namespace"),
  missing: bubblewrapMissing(),
});
