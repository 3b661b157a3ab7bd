import type { NewSessionToken, SessionToken } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { Refusal } from "../../database/database.ts";
import { endOf } from "../../rows/api-key.ts";
import type { SessionTokenRow } from "../../rows/session-token.ts";
import { sessionTokenOf } from "../../rows/session-token.ts";
import { textArray } from "../arrays.ts";
import type { Context } from "../context.ts";

function refused(token: NewSessionToken, { constraint }: Refusal): AgentSdkError | undefined {
  if (constraint === "session_tokens_pkey") return new AgentSdkError("conflict", "There is such a token already.");
  if (constraint === "session_tokens_session_fkey") return new AgentSdkError("not_found", `There is no session ${token.sessionId}.`);
  if (constraint === "session_tokens_key_fkey") return new AgentSdkError("not_found", "The key that makes this token is gone.");
  return undefined;
}

export async function insertToken({ database, schema }: Context, token: NewSessionToken): Promise<SessionToken> {
  const sql = `with t as (
      insert into ${schema}.session_tokens (id, session_id, scopes, key_id, issuer, hash, expires_at)
      values ($1, $2, $3::text::text[], $4, $5, $6, ${endOf(schema, "$7")}) returning *
    ) select t.*, coalesce(s.tenant, '') as tenant from t left join ${schema}.sessions s on s.id = t.session_id`;
  const parameters = [token.id, token.sessionId, textArray(token.scopes), token.keyId, token.issuer, token.hash, token.ttlMs];
  const rows = await database.run<SessionTokenRow>({ sql, parameters }, { kind: "write", refused: (refusal) => refused(token, refusal) });
  return sessionTokenOf(rows[0] as SessionTokenRow);
}
