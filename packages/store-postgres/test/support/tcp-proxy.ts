import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A way to a server that can be broken: everything passes, until it is told otherwise. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests go through, answers do not: what a cut in one direction, or a reply lost on the way, looks like. */
  holdAnswers(): void;
  /** Nothing goes through, and nothing is said: a half-open connection. */
  freeze(): void;
  /** Ends all connections with a reset and lets new ones pass. */
  reset(): void;
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let requests = true;
  let answers = true;
  const server = createServer((inside) => {
    const outside = connect(target);
    for (const socket of [inside, outside]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    inside.on("data", (chunk) => requests && outside.write(chunk));
    outside.on("data", (chunk) => answers && inside.write(chunk));
    inside.on("close", () => outside.destroy());
    outside.on("close", () => inside.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    holdAnswers() {
      answers = false;
    },
    freeze() {
      requests = false;
      answers = false;
    },
    reset() {
      endAll();
      requests = true;
      answers = true;
    },
    async [Symbol.asyncDispose]() {
      endAll();
      server.close();
      await once(server, "close");
    },
  };
}
