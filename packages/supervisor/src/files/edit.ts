import { AgentSdkError, type FileEdit } from "@agent-sdk/core";

function decodeText(content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw new AgentSdkError("bad_request", "The file is not UTF-8 text.", { cause: error });
  }
}

/**
 * Applies a replacement to a file's content.
 * @throws AgentSdkError `not_found` when the old text does not occur, `conflict` when it occurs more than once and not all are meant.
 */
export function applyEdit(content: Uint8Array, edit: Extract<FileEdit, { oldString: string }>): { content: Buffer; replacements: number } {
  if (edit.oldString === "") throw new AgentSdkError("bad_request", "The text to replace cannot be empty.");
  const parts = decodeText(content).split(edit.oldString);
  const replacements = parts.length - 1;
  if (replacements === 0) throw new AgentSdkError("not_found", "The text to replace does not occur in the file.", { details: { path: edit.path } });
  if (replacements > 1 && !edit.replaceAll) throw new AgentSdkError("conflict", `The text to replace occurs ${replacements} times in the file.`, { details: { path: edit.path, matches: replacements } });
  return { content: Buffer.from(parts.join(edit.newString)), replacements };
}
