import { describeSandboxProvider } from "@agent-sdk/core/contract";
import { capabilities, dockerFixture, engineMissing } from "./fixture.ts";

describeSandboxProvider("docker", { create: () => dockerFixture(), capabilities, missing: await engineMissing(), timeoutMs: 180_000 });
