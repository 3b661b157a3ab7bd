import type { Commit, PromptState } from "@agent-sdk/core";
import { withoutSandbox } from "@agent-sdk/core";
import type { StoreFixture } from "@agent-sdk/core/contract";
import type { Arbitrary } from "fast-check";
import { array, boolean, constant, constantFrom, integer, json, nat, oneof, option, record, subarray, toStringMethod, tuple, uniqueArray } from "fast-check";

export type Subject = Pick<StoreFixture, "store" | "advance">;

/** One call with its arguments, to be made on the model and on the real store. */
export interface Step {
  readonly label: string;
  run(subject: Subject): Promise<unknown>;
}

/** Named by its arguments: what fast-check prints of a failure can be read. */
function step(name: string, values: unknown, run: Step["run"]): Step & Record<symbol, () => string> {
  const label = `${name} ${JSON.stringify(values)}`;
  return { label, run, [toStringMethod]: () => label };
}

const states: readonly PromptState[] = ["queued", "running", "done", "failed", "cancelled"];
const session = constantFrom("s1", "s2");
const replica = constantFrom("r1", "r2");
const prompt = constantFrom("p1", "p2", "p3");
const generation = integer({ min: 0, max: 4 });
const optional = <T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> => option(arbitrary, { nil: undefined, freq: 2 });

const sandbox = constantFrom("none" as const, "creating" as const, "running" as const).map((phase) => ({
  ...withoutSandbox({ provider: "fake" }, { hibernated: false }),
  phase,
  sandboxId: phase === "none" ? null : "box",
}));

const promptMove = record({
  rpcId: prompt,
  from: constantFrom(...states),
  to: constantFrom(...states),
  stopReason: optional(constant("end_turn")),
  error: optional(constant({ code: 1 })),
});

const question = record({
  id: constantFrom("q1", "q2", "q3"),
  kind: constantFrom("permission" as const, "elicitation" as const),
  rpcId: option(prompt),
  runId: constantFrom("a", "b"),
  position: nat(3),
  requestId: oneof(nat(9), constantFrom("\u0000", "r")),
  params: record({ any: json() }),
  timeoutMs: option(constant(1_000)),
});

const commit: Arbitrary<Commit> = record({
  commitId: constantFrom("c1", "c2", "c3", "c4", "c5"),
  sessionId: constantFrom("s1", "s2", "none"),
  generation,
  events: array(record({ rpcId: option(prompt), message: json() }), { maxLength: 3 }),
  promptMove: optional(promptMove),
  journal: optional(record({ runId: constantFrom("a", "b"), position: nat(9) })),
  sandbox: optional(sandbox),
  innerSessionId: optional(option(constant("inner"))),
  conversationStarted: optional(boolean()),
  clearIntents: optional(subarray(["release", "delete", "wake"] as const)),
  activity: optional(boolean()),
  questions: optional(uniqueArray(question, { maxLength: 2, selector: ({ id }) => id })),
});

const commits = uniqueArray(commit, { minLength: 1, maxLength: 3, selector: ({ sessionId }) => sessionId });

const enqueue = tuple(session, prompt, boolean()).map((values) => {
  const [sessionId, rpcId, interrupt] = values;
  return step("enqueue", values, ({ store }) => store.prompts.enqueue({ sessionId, rpcId, content: [{ interrupt }], model: null, onSandboxLoss: "fail", interrupt, event: '"q"' }));
});

const prompts = oneof(
  tuple(session, prompt).map((values) => step("cancelQueued", values, ({ store }) => store.prompts.cancelQueued(...values, '"c"'))),
  session.map((id) => step("requestCancel", id, ({ store }) => store.prompts.requestCancel(id))),
);

const verdict = { reply: { outcome: "cancelled" }, decidedBy: "caller" as const, caller: null };
const decision = record({ sessionId: session, questionId: constantFrom("q1", "q2", "q3"), verdict: constant(verdict), to: constantFrom("answered" as const, "lost" as const), event: constant('"d"'), generation: optional(generation) });

const questions = oneof(
  decision.map((values) => step("decide", values, ({ store }) => store.questions.decide(values))),
  tuple(session, constantFrom("q1", "q2", "q3"), constantFrom("delivered" as const, "lost" as const), generation).map((values) => step("settle", values, ({ store }) => store.questions.settle(...values))),
);

const sessions = oneof(
  tuple(session, generation).map((values) => step("release", values, ({ store }) => store.leases.release(...values))),
  tuple(session, generation).map((values) => step("remove", values, ({ store }) => store.sessions.remove(...values))),
  tuple(session, constantFrom("release", "delete", "wake")).map(([id, intent]) => step("setIntents", [id, intent], ({ store }) => store.sessions.setIntents(id, { [intent]: true }))),
);

const ttlMs = 60_000;

const replicas = oneof(
  replica.map((replicaId) => step("register", replicaId, ({ store }) => store.leases.registerReplica({ replicaId, url: null, ttlMs }))),
  replica.map((replicaId) => step("renew", replicaId, ({ store }) => store.leases.renewReplica(replicaId, ttlMs))),
  replica.map((replicaId) => step("retire", replicaId, ({ store }) => store.leases.retireReplica(replicaId))),
  constant(step("advance", 3_600_000, ({ advance }) => advance(3_600_000))),
);

const acquire = tuple(session, replica).map((values) => step("acquire", values, ({ store }) => store.leases.acquire(...values)));
const committing = commits.map((batch) => step("commit", batch, ({ store }) => store.commits.commit(batch)));

/** Sequences of calls on the sessions s1 and s2, the replicas r1 and r2. */
export const randomSteps: Arbitrary<Step[]> = array(
  oneof({ weight: 6, arbitrary: committing }, { weight: 4, arbitrary: enqueue }, { weight: 3, arbitrary: acquire }, { weight: 1, arbitrary: prompts }, { weight: 2, arbitrary: questions }, { weight: 2, arbitrary: sessions }, { weight: 2, arbitrary: replicas }),
  { minLength: 10, maxLength: 50, size: "max" },
);
