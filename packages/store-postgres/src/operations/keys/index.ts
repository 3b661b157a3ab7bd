import type { KeyStore } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { deleteKey } from "./delete-key.ts";
import { findKey } from "./find-key.ts";
import { findValidKeys } from "./find-valid-keys.ts";
import { insertKey } from "./insert-key.ts";
import { listKeys } from "./list-keys.ts";

export function keyOperations(context: Context): KeyStore {
  return {
    insert: (key) => insertKey(context, key),
    find: (prefix) => findKey(context, prefix),
    list: (tenant, page) => listKeys(context, tenant, page),
    delete: (tenant, id) => deleteKey(context, tenant, id),
    findValid: (ids) => findValidKeys(context, ids),
  };
}
