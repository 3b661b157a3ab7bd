import { AgentSdkError, type ProviderCapabilities, type SandboxRecipe } from "@agent-sdk/core";

/** Fields that mean something only where a sandbox has a file system of its own. */
const imageFields = ["image", "dockerfile", "dockerfileContent", "root"] as const;

function wireName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(field: string, why: string): never {
  throw new AgentSdkError("bad_request", `unix_local cannot honour \`${wireName(field)}\`: ${why}`, { details: { field: wireName(field) } });
}

function refuseNetwork(recipe: SandboxRecipe, capabilities: ProviderCapabilities): void {
  const policy = recipe.network ?? "open";
  if (policy === "open") return;
  if (policy !== "none") return refuse("network", "it knows `open` and, with namespaces, `none`.");
  if (!capabilities.networkPolicies.includes("none")) refuse("network", "plain processes share the host's network; `none` needs bubblewrap.");
}

/** @throws AgentSdkError `bad_request` that names the first field that cannot be honoured in full. */
export function validateRecipe(recipe: SandboxRecipe, capabilities: ProviderCapabilities): void {
  for (const field of imageFields) {
    if (recipe[field] !== undefined) refuse(field, "a local sandbox has the host's own system.");
  }
  if (recipe.sharedMounts !== undefined && recipe.sharedMounts.length > 0) refuse("sharedMounts", "it has no shared mounts.");
  for (const [resource, value] of Object.entries(recipe.resources ?? {})) {
    if (value !== undefined) refuse(`resources.${resource}`, "it does not limit resources.");
  }
  refuseNetwork(recipe, capabilities);
}
