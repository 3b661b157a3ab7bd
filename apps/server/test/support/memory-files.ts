import { AgentSdkError, type FileEntry, type FileOperations } from "@agent-sdk/core";

function missing(path: string): AgentSdkError {
  return new AgentSdkError("not_found", `There is no file ${path}.`);
}

/** Gives the bytes when it is read. `onEnd` is called once it was read or let go. */
function streamOf(bytes: Uint8Array, onEnd: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(bytes);
        controller.close();
        onEnd();
      },
      cancel: onEnd,
    },
    { highWaterMark: 0 },
  );
}

async function bytesOf(body: ReadableStream<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  return body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
}

export interface MemoryFiles extends FileOperations {
  /** Downloads that were begun and neither read nor let go. */
  openDownloads(): number;
}

/** Files in a map: enough to try routes on. What confines paths on a disk is the supervisor's, and tested there. */
export function memoryFiles(): MemoryFiles {
  const files = new Map<string, Uint8Array>();
  let open = 0;
  const bytes = (path: string): Uint8Array => {
    const found = files.get(path);
    if (!found) throw missing(path);
    return found;
  };
  return {
    tree: async () => [...files].map(([path, content]): FileEntry => ({ path, kind: "file", size: content.length, modifiedAt: 0 })),
    read: async (path) => bytes(path),
    openDownloads: () => open,
    download: async (path) => {
      const content = bytes(path);
      open += 1;
      return { size: content.length, body: streamOf(content, () => (open -= 1)) };
    },
    upload: async (path, body) => {
      const content = await bytesOf(body);
      files.set(path, content);
      return { size: content.length };
    },
    edit: async (edit) => {
      if ("content" in edit) {
        files.set(edit.path, new TextEncoder().encode(edit.content));
        return { replacements: 1 };
      }
      const before = new TextDecoder().decode(bytes(edit.path));
      files.set(edit.path, new TextEncoder().encode(before.replace(edit.oldString, edit.newString)));
      return { replacements: 1 };
    },
    remove: async (path) => {
      if (!files.delete(path)) throw missing(path);
    },
    rename: async (path, newPath, options) => {
      if (options?.overwrite === false && files.has(newPath)) throw new AgentSdkError("conflict", "exists", { details: { path: newPath } });
      files.set(newPath, bytes(path));
      files.delete(path);
    },
    mkdir: async () => {},
    exists: async (path) => files.has(path),
  };
}
