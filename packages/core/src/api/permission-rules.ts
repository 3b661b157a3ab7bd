import * as z from "zod";
import type { PermissionPolicy, PermissionRule, Permissions } from "../session.ts";
import { toolKinds } from "../session.ts";
import { line } from "./fields.ts";

/** One rule of a session's `permissions`; without conditions it decides everything that is left. */
export interface PermissionRuleBody {
  readonly tool_kind?: string | null | undefined;
  readonly path?: string | null | undefined;
  readonly command?: string | null | undefined;
  readonly action: PermissionPolicy;
}

const policy: z.ZodType<PermissionPolicy> = z.enum(["allow", "ask", "deny"], { error: "must be allow, ask or deny" });
const pattern = line(512);
const path = pattern.refine((glob) => !glob.startsWith("./") && !glob.startsWith("~") && !glob.split("/").includes(".."), {
  error: "must be a pattern that begins in the session's root, without ./ and .., or an absolute one",
});

const rule: z.ZodType<PermissionRuleBody> = z
  .strictObject({
    tool_kind: z.enum(toolKinds, { error: `must be one of ${toolKinds.join(", ")}` }).nullish(),
    path: path.nullish(),
    command: pattern.nullish(),
    action: policy,
  })
  .meta({ id: "PermissionRule" });

export const permissionsField: z.ZodType<PermissionPolicy | readonly PermissionRuleBody[]> = z.union([policy, z.array(rule).max(100)], {
  error: "must be allow, ask, deny or a list of rules",
});

/** A session's permissions in the domain's terms; null where nothing was said. */
export function toPermissions(given: PermissionPolicy | readonly PermissionRuleBody[] | null | undefined): Permissions | null {
  if (given === undefined || given === null || typeof given === "string") return given ?? null;
  return given.map(ruleOf);
}

function ruleOf({ tool_kind: toolKind, path: glob, command, action }: PermissionRuleBody): PermissionRule {
  return { ...(toolKind ? { toolKind } : {}), ...(glob ? { path: glob } : {}), ...(command ? { command } : {}), action };
}
