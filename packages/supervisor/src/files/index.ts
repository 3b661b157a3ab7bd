export { confinedFiles } from "./confined-files.ts";
