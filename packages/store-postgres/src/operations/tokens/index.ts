import type { TokenStore } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { deleteToken } from "./delete-token.ts";
import { expireTokens } from "./expire-tokens.ts";
import { findToken } from "./find-token.ts";
import { findValidTokens } from "./find-valid-tokens.ts";
import { insertToken } from "./insert-token.ts";

export function tokenOperations(context: Context): TokenStore {
  return {
    insert: (token) => insertToken(context, token),
    find: (id) => findToken(context, id),
    delete: (id) => deleteToken(context, id),
    findValid: (ids) => findValidTokens(context, ids),
    expire: () => expireTokens(context),
  };
}
