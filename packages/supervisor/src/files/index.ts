export { confinedFiles } from "./confined-files.ts";
export { resolveDirectory } from "./resolve-directory.ts";
