import { createHash } from "node:crypto";
import type { LaunchFile } from "@agent-sdk/agents";
import type { SupervisorClient } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";

const writeMs = 10_000;

/**
 * Beside the file lies the digest of what was last put into it. Where that is the digest of what is to be written, the file is left as the agent has made it since.
 * The contents come by the standard input: arguments are seen by other processes. The digest is written last: a write that was cut off is made again, and no
 * agent has run in between.
 */
const script = `set -eu
umask 077
file="$HOME/$AGENT_SDK_FILE"
if [ -e "$file" ] && [ "$(cat "$file.agent-sdk" 2>/dev/null)" = "$AGENT_SDK_DIGEST" ]; then exit 0; fi
mkdir -p "$(dirname "$file")"
cat > "$file.agent-sdk.$$"
mv -f "$file.agent-sdk.$$" "$file"
printf %s "$AGENT_SDK_DIGEST" > "$file.agent-sdk"`;

async function writeOne(client: SupervisorClient, { path, content }: LaunchFile, signal: AbortSignal): Promise<void> {
  const digest = createHash("sha256").update(content).digest("hex");
  const result = await client.exec({ command: script, stdin: content, env: { AGENT_SDK_FILE: path, AGENT_SDK_DIGEST: digest }, timeoutMs: writeMs }, { signal });
  if (result.exitCode === 0) return;
  const said = result.timedOut ? "it took too long" : result.stderr.trim().slice(-500);
  throw new AgentSdkError("sandbox_failed", `The agent's file ~/${path} could not be written: ${said}`);
}

/** Puts the files that an agent wants to find into its HOME, and leaves alone what the agent made of them. @throws `sandbox_failed` when one cannot be written. */
export async function writeLaunchFiles(client: SupervisorClient, files: readonly LaunchFile[], options: { readonly signal: AbortSignal }): Promise<void> {
  for (const file of files) await writeOne(client, file, options.signal);
}
