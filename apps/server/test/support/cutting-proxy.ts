import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy that breaks connections in the middle of what the server sends. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  readonly cuts: number;
}

/** A small generator with a seed, so that a failure can be repeated (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Each connection is cut after a random number of the server's bytes, up to `maxBytes`, until `cuts` were made. */
export async function startCuttingProxy(target: number, options: { readonly maxBytes: number; readonly cuts: number; readonly random: () => number }): Promise<CuttingProxy> {
  let made = 0;
  const sockets = new Set<Socket>();
  const server = createServer((downstream) => {
    const upstream = connect({ port: target, host: "127.0.0.1" });
    let left = Math.floor(options.random() * options.maxBytes);
    const close = (): void => {
      downstream.destroy();
      upstream.destroy();
    };
    for (const socket of [downstream, upstream]) {
      sockets.add(socket);
      socket.on("error", close).on("close", close).on("close", () => sockets.delete(socket));
    }
    downstream.pipe(upstream);
    upstream.on("data", (chunk: Buffer) => {
      if (made >= options.cuts || chunk.length <= left) {
        left -= chunk.length;
        downstream.write(chunk);
        return;
      }
      made += 1;
      downstream.end(chunk.subarray(0, left));
      upstream.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return made;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
