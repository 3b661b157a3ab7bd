import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A multiple of three, so that pieces of base64 can stand one behind the other. */
const pieceBytes = 3 * 64 * 1024;

/** The last place up to `end` at which no character of UTF-8 is cut apart. */
function boundary(bytes: Uint8Array, end: number): number {
  let at = Math.min(end, bytes.length);
  while (at < bytes.length && at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

/**
 * A file's content as the JSON text of an answer, in pieces: `content` where it is UTF-8, else `content_base64`. Each piece is made in a turn of the event loop
 * of its own: encoding 20 MB at once would hold every stream of the server up for a second.
 */
export async function* fileContentJson(bytes: Uint8Array): AsyncGenerator<string> {
  const isText = isUtf8(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  yield isText ? '{"content":"' : '{"content_base64":"';
  for (let start = 0; start < buffer.length; ) {
    const end = isText ? boundary(buffer, start + pieceBytes) : Math.min(start + pieceBytes, buffer.length);
    const piece = buffer.subarray(start, end);
    yield isText ? JSON.stringify(piece.toString("utf8")).slice(1, -1) : piece.toString("base64");
    start = end;
    await nextTurn();
  }
  yield '"}';
}
