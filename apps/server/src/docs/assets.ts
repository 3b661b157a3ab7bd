import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startScript } from "./page.ts";

export interface Asset {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of Swagger UI that the page needs; no others of its package are served. */
const mediaTypes: ReadonlyMap<string, string> = new Map([
  ["favicon-32x32.png", "image/png"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["swagger-ui.css", "text/css; charset=utf-8"],
]);

/** The file of this name that the page refers to; null where it refers to none. */
export async function readAsset(name: string): Promise<Asset | null> {
  if (name === "start.js") return { mediaType: "text/javascript; charset=utf-8", bytes: new TextEncoder().encode(startScript) };
  const mediaType = mediaTypes.get(name);
  if (mediaType === undefined) return null;
  return { mediaType, bytes: new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))) };
}
