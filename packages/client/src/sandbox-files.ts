import type { FileTreeAnswer } from "@agent-sdk/core/api";
import type { ApiClient } from "./api-client.ts";
import type { CallOptions } from "./call-options.ts";
import { ApiError } from "./errors.ts";
import type { UploadContent } from "./http/transport.ts";
import type { SessionIdSource } from "./sandbox.ts";

/** Two ways to change a file: all of it, or one text in it for another. */
export type FileChange =
  | { readonly content: string }
  | { readonly old_string: string; readonly new_string: string; readonly replace_all?: boolean | undefined };

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * The files of a session's sandbox. Paths are relative to its root, or absolute below it, with `/` between their parts on every system; what leads out of it is
 * refused with `forbidden`. Every call brings a hibernated session back.
 */
export class SandboxFiles {
  readonly #api: ApiClient;
  readonly #id: SessionIdSource;

  /** @internal Take a sandbox's `files`. */
  constructor(api: ApiClient, id: SessionIdSource) {
    this.#api = api;
    this.#id = id;
  }

  /** What is below `path`; with `stat`, with kinds, sizes and times. */
  async tree(path?: string, options: CallOptions & { readonly stat?: boolean | undefined } = {}): Promise<FileTreeAnswer> {
    return this.#api.getFileTree(await this.#id(options), { ...options, path });
  }

  /** A file's bytes at once, up to 20 MB. @throws ApiError `not_found`; `too_large`: then {@link download} it. */
  async read(path: string, options: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.#api.readFile(await this.#id(options), path, options);
    return "content" in answer ? new TextEncoder().encode(answer.content) : bytesOfBase64(answer.content_base64);
  }

  /** A file's text at once, up to 20 MB. @throws ApiError as {@link read}; `invalid_answer` when it is not UTF-8. */
  async readText(path: string, options: CallOptions = {}): Promise<string> {
    const answer = await this.#api.readFile(await this.#id(options), path, options);
    if ("content" in answer) return answer.content;
    throw new ApiError("invalid_answer", `The file ${path} is not text.`, { status: 200, retryable: false });
  }

  /** Writes a file, and the directories above it. Resolves with its size in bytes. Aborting leaves the file as it was. */
  async write(path: string, content: UploadContent, options: CallOptions = {}): Promise<number> {
    return (await this.#api.uploadFile(await this.#id(options), path, content, options)).size;
  }

  /** Changes a file in place. Resolves with how often. @throws ApiError `not_found` without the old text, `conflict` where it is there several times. */
  async edit(path: string, change: FileChange, options: CallOptions = {}): Promise<number> {
    return (await this.#api.editFile(await this.#id(options), { ...change, path }, options)).replacements;
  }

  /** A file of any length, as it is read. Aborting, and cancelling the stream, let the connection go. */
  async download(path: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#api.downloadFile(await this.#id(options), path, options);
  }

  /** Deletes a file, or a directory with all that is in it. */
  async delete(path: string, options: CallOptions = {}): Promise<void> {
    await this.#api.deleteFile(await this.#id(options), path, options);
  }

  /** @throws ApiError `conflict` without `overwrite` when something is there. */
  async rename(path: string, newPath: string, options: CallOptions & { readonly overwrite?: boolean | undefined } = {}): Promise<void> {
    await this.#api.renameFile(await this.#id(options), path, newPath, options);
  }
}
