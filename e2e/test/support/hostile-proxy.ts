import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * What happens to a connection: `reset` breaks it, `end` closes it as if all was said, `stall` keeps it open and carries nothing any more (a peer that is gone
 * without a word), `refuse` breaks it before a byte came.
 */
export type Fault = "end" | "refuse" | "reset" | "stall";

export interface HostileProxyOptions {
  /** Where to connect to, asked for each connection: the server may have moved. */
  readonly target: () => number;
  readonly random: () => number;
  readonly faults: readonly Fault[];
  /** How many connections are harmed; the later ones are left alone. */
  readonly count: number;
  /** A connection is harmed after a random number of the server's bytes below this. */
  readonly maxBytes: number;
  /** Hands the server's bytes on in pieces of a random length up to this. Default: as they come. */
  readonly pieceBytes?: number;
}

/** A TCP proxy in front of a server that harms connections in every way a network does. */
export class HostileProxy implements AsyncDisposable {
  readonly #options: HostileProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #done: Fault[] = [];

  private constructor(options: HostileProxyOptions) {
    this.#options = options;
    this.#server = createServer((downstream) => this.#connect(downstream));
  }

  static async start(options: HostileProxyOptions): Promise<HostileProxy> {
    const proxy = new HostileProxy(options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was done to connections, in order. */
  get done(): readonly Fault[] {
    return this.#done;
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random() * limit);
  }

  /** What happens to the next connection; null for nothing. */
  #nextFault(): Fault | null {
    const { faults, count } = this.#options;
    return this.#done.length < count ? (faults[this.#below(faults.length)] ?? null) : null;
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    // Broken connections are this proxy's business; how the client takes them is what is asked.
    return socket.on("error", () => socket.destroy()).on("close", () => this.#sockets.delete(socket));
  }

  #connect(connection: Socket): void {
    const downstream = this.#track(connection);
    const fault = this.#nextFault();
    if (fault === "refuse") {
      this.#done.push(fault);
      downstream.resetAndDestroy();
      return;
    }
    const upstream = this.#track(connect({ port: this.#options.target(), host: "127.0.0.1" }));
    downstream.pipe(upstream);
    downstream.on("close", () => upstream.destroy());
    this.#carry(upstream, downstream, fault);
  }

  #carry(upstream: Socket, downstream: Socket, fault: Fault | null): void {
    let left = fault === null ? Number.POSITIVE_INFINITY : this.#below(this.#options.maxBytes);
    const onClose = (): void => void downstream.destroy();
    upstream.on("end", () => downstream.end()).on("close", onClose);
    downstream.on("drain", () => upstream.resume());
    upstream.on("data", (chunk: Buffer) => {
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      for (const piece of this.#pieces(passed)) if (!downstream.write(piece)) upstream.pause();
      if (fault === null || passed.length === chunk.length) return;
      this.#done.push(fault);
      upstream.off("close", onClose).removeAllListeners("data").destroy();
      if (fault === "reset") downstream.resetAndDestroy();
      if (fault === "end") downstream.end();
    });
  }

  *#pieces(bytes: Buffer): Generator<Buffer> {
    const { pieceBytes } = this.#options;
    if (pieceBytes === undefined) return yield bytes;
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + this.#below(pieceBytes);
      yield bytes.subarray(start, end);
      start = end;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
