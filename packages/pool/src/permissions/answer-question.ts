import type { JsonObject, Question, QuestionAnswer, Verdict } from "@agent-sdk/core";
import { AgentSdkError, permissionOptions, verdictFields } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import { checkForm } from "./elicitation-form.ts";
import { resolvedEvent } from "./events.ts";
import { cancelledReply, selectedReply } from "./replies.ts";

function refused(message: string, details: Readonly<Record<string, unknown>>): AgentSdkError {
  return new AgentSdkError("bad_request", message, { details });
}

function permissionReply(question: Question, answer: QuestionAnswer): JsonObject {
  const offered = permissionOptions(question.params).map(({ optionId }) => optionId);
  if (answer.type === "cancelled") return cancelledReply("permission");
  if (answer.type === "option" && offered.includes(answer.optionId)) return selectedReply(answer.optionId);
  const field = answer.type === "option" ? "option_id" : "action";
  const what = answer.type === "option" ? "The agent does not offer this option." : "This question is answered by an option.";
  throw refused(`${what} It offers: ${offered.join(", ") || "none"}.`, { field, offered });
}

function elicitationReply({ params }: Question, answer: QuestionAnswer): JsonObject {
  if (answer.type === "cancelled") return cancelledReply("elicitation");
  if (answer.type === "option") throw refused("This question is answered by an action: accept, decline or cancel.", { field: "option_id", offered: ["accept", "decline", "cancel"] });
  if (answer.action !== "accept") return { action: answer.action };
  const isForm = (params["mode"] ?? "form") === "form";
  if (!isForm && answer.content !== null) throw refused("This question has no form: it is accepted without content.", { field: "content" });
  return isForm ? { action: "accept", content: checkForm(answer.content ?? {}, params["requestedSchema"]) } : { action: "accept" };
}

/** Says how it was answered, so that whoever comes too late knows. */
function closed(question: Question): AgentSdkError {
  const { verdict, state } = question;
  const details = verdict === null ? {} : { ...verdictFields(question, verdict), policy: verdict.decidedBy === "caller" ? null : verdict.decidedBy };
  return new AgentSdkError("conflict", "This question is not open any more.", { details: { status: state, ...details } });
}

/**
 * Stores somebody's answer, together with the event that tells of it. Which replica does it does not matter: the owner finds it in the row.
 * @throws `not_found`, `conflict`, `bad_request`
 */
export async function answerQuestion(
  env: Pick<PoolEnv, "clock" | "store">,
  { sessionId, questionId, answer, caller }: { readonly sessionId: string; readonly questionId: string; readonly answer: QuestionAnswer; readonly caller: string | null },
): Promise<{ readonly question: Question; readonly seq: number }> {
  const question = await env.store.questions.get(sessionId, questionId);
  if (!question) throw new AgentSdkError("not_found", `There is no question ${questionId}.`);
  if (question.state !== "open") throw closed(question);
  const reply = question.kind === "permission" ? permissionReply(question, answer) : elicitationReply(question, answer);
  const verdict: Verdict = { reply, decidedBy: "caller", caller };
  const event = resolvedEvent(question, verdict, { at: env.clock.now() });
  const result = await env.store.questions.decide({ sessionId, questionId, verdict, to: "answered", event });
  if (result.outcome === "decided") return result;
  throw result.outcome === "closed" ? closed(result.question) : new AgentSdkError("unavailable", "The answer could not be stored.");
}
