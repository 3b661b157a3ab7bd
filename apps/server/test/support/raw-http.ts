import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A plain connection that sends `lines` and reads only when it is told to. */
export async function openRaw(port: number, lines: readonly string[]): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

/** Everything that the peer sends until it closes. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.once("error", () => resolve());
  });
  return Buffer.concat(chunks).toString("utf8");
}

/** Takes the chunked transfer encoding off a raw answer's body. */
export function dechunk(raw: string): string {
  let rest = Buffer.from(raw.slice(raw.indexOf("\r\n\r\n") + 4));
  const parts: Buffer[] = [];
  for (;;) {
    const lineEnd = rest.indexOf("\r\n");
    if (lineEnd === -1) break;
    const size = Number.parseInt(rest.subarray(0, lineEnd).toString(), 16);
    if (!size) break;
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    rest = rest.subarray(lineEnd + 2 + size + 2);
  }
  return Buffer.concat(parts).toString("utf8");
}

const chunkBytes = 65_536;

/** Sends chunks as fast as they are taken until the peer closes. @returns what it answered, and how many bytes it, or the machine between, took */
export async function sendEndless(port: number, lines: readonly string[]): Promise<{ readonly answer: string; readonly sent: number }> {
  const socket = await openRaw(port, lines);
  const chunk = `${chunkBytes.toString(16)}\r\n${" ".repeat(chunkBytes)}\r\n`;
  const send = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(chunk));
  };
  socket.on("drain", send);
  send();
  const answer = await readAll(socket);
  return { answer, sent: socket.bytesWritten - socket.writableLength };
}
