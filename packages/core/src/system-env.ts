import type { Clock, Logger, Random, RuntimeEnv, Timers } from "./env.ts";
import { silentLogger } from "./env.ts";

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

const timers: Timers = {
  set(milliseconds, callback, options) {
    const handle = setTimeout(callback, milliseconds);
    // In Node a timer is an object that can stop holding the process; in a browser it is a number.
    if (options?.background && typeof handle === "object") handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random: Random = {
  uuid: () => crypto.randomUUID(),
  number: () => Math.random(),
  token: (bytes) => base64url(crypto.getRandomValues(new Uint8Array(bytes))),
};

/** The real thing: the process's clock, timers and randomness. The only place that reads them for the packages behind the seams. */
export function systemEnv(options: { readonly log?: Logger } = {}): RuntimeEnv {
  return { clock, timers, random, log: options.log ?? silentLogger };
}
