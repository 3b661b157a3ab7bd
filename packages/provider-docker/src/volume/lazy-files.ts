import type { FileOperations } from "@agent-sdk/core";

/** File operations on something that has to be opened first. `use` opens it for one operation. */
export function lazyFiles(use: <Result>(work: (files: FileOperations) => Promise<Result>) => Promise<Result>): FileOperations {
  return {
    tree: (path, options) => use((files) => files.tree(path, options)),
    read: (path, options) => use((files) => files.read(path, options)),
    download: (path, options) => use((files) => files.download(path, options)),
    upload: (path, body, options) => use((files) => files.upload(path, body, options)),
    edit: (edit, options) => use((files) => files.edit(edit, options)),
    remove: (path, options) => use((files) => files.remove(path, options)),
    rename: (path, newPath, options) => use((files) => files.rename(path, newPath, options)),
    mkdir: (path, options) => use((files) => files.mkdir(path, options)),
    exists: (path, options) => use((files) => files.exists(path, options)),
  };
}
