import type { TokenStore } from "@agent-sdk/core";
import type { SessionTokenRow } from "../../rows/session-token.ts";
import { sessionTokenOf } from "../../rows/session-token.ts";
import type { Context } from "../context.ts";

/** Read for every call with a token. */
export async function findToken({ database, schema }: Context, id: string): ReturnType<TokenStore["find"]> {
  const sql = `select * from ${schema}.valid_tokens where id = $1`;
  const [row] = await database.run<SessionTokenRow>({ name: "find_token", sql, parameters: [id] }, { kind: "read" });
  return row === undefined ? null : { token: sessionTokenOf(row), hash: row.hash };
}
