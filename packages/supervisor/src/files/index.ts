export { confinedFiles } from "./confined-files.ts";
export { makeDirectoryBelow } from "./make-directory-below.ts";
export type { FileOwner } from "./owner.ts";
