import type { NewQuestion, Question, Verdict } from "@agent-sdk/core";
import { askedFields, ownEvent, verdictFields } from "@agent-sdk/core";

type Asked = Pick<NewQuestion | Question, "id" | "kind" | "params">;

export function requestedEvent(asked: Asked): string {
  return ownEvent("permission_requested", { request_id: asked.id, kind: asked.kind, ...askedFields(asked) });
}

/** `rule`: the place of the rule that decided. `at`: milliseconds since 1970. Never without the verdict, and who it is from. */
export function resolvedEvent(asked: Asked, verdict: Verdict, details: { readonly at: number; readonly rule?: number | null }): string {
  const { decidedBy, caller } = verdict;
  return ownEvent("permission_resolved", {
    request_id: asked.id,
    kind: asked.kind,
    ...verdictFields(asked, verdict),
    policy: decidedBy === "caller" ? null : decidedBy,
    rule: details.rule ?? null,
    answered_by: caller,
    answered_at: isoTime(details.at),
  });
}

function isoTime(milliseconds: number): string {
  // oxlint-disable-next-line no-restricted-globals -- writes the Env's time, reads no clock
  return new Date(milliseconds).toISOString();
}
