import type { Commit, CommitResult } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { commitParameters } from "./commit-parameters.ts";

interface Row {
  readonly nth: number;
  readonly outcome: CommitResult["outcome"];
  readonly first_seq: number;
  readonly last_seq: number;
  readonly created_at: Date;
}

function resultOf(row: Row): CommitResult {
  if (row.outcome !== "committed") return { outcome: row.outcome };
  return { outcome: "committed", firstSeq: row.first_seq, lastSeq: row.last_seq, createdAt: row.created_at };
}

/** Ordered by session, as every statement that locks several heads does: two such calls never wait for each other in a circle. */
function inLockOrder(commits: readonly Commit[]): Commit[] {
  const sorted = commits.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  const twice = sorted.find((commit, index) => commit.sessionId === sorted[index + 1]?.sessionId);
  if (twice !== undefined) throw new AgentSdkError("bad_request", "A call may hold one commit per session.");
  return sorted;
}

/** One statement, one round trip, whatever the commits hold. */
export async function commitSessions({ database, schema, cipher }: Context, commits: readonly Commit[]): Promise<readonly CommitResult[]> {
  if (commits.length === 0) return [];
  const sorted = inLockOrder(commits);
  const parameters = commitParameters(sorted, cipher);
  const places = parameters.map((_, index) => `$${index + 1}`).join(", ");
  const rows = await database.run<Row>({ name: "commit", sql: `select * from ${schema}.commit_sessions(${places})`, parameters }, { kind: "write" });
  const results = new Map(rows.map((row) => [sorted[row.nth - 1], resultOf(row)]));
  return commits.map((commit) => results.get(commit) as CommitResult);
}
