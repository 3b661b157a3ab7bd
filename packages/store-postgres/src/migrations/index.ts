import { tables } from "./0001-tables.ts";
import { leaseFunctions } from "./0002-lease-functions.ts";
import { sessionFunctions } from "./0003-session-functions.ts";
import { promptFunctions } from "./0004-prompt-functions.ts";
import { commitFunction } from "./0005-commit-function.ts";
import { interruptTheOldest } from "./0006-interrupt-the-oldest.ts";
import { boundedQueue } from "./0007-bounded-queue.ts";
import { settings } from "./0008-settings.ts";
import { removedSessions } from "./0009-removed-sessions.ts";
import { keysAndTokens } from "./0010-keys-and-tokens.ts";
import { deletions } from "./0011-deletions.ts";
import { questions } from "./0012-questions.ts";
import type { Migration } from "./migration.ts";

/** In order, append-only. */
export const migrations: readonly Migration[] = [
  tables, leaseFunctions, sessionFunctions, promptFunctions, commitFunction, interruptTheOldest, boundedQueue, settings, removedSessions, keysAndTokens, deletions, questions,
];
