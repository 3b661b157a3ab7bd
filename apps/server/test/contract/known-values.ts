import * as fc from "fast-check";

/** A place in a generated request for an id that only the running server knows. */
export class Known {
  readonly kind: string;
  readonly index: number;

  constructor(kind: string, index: number) {
    this.kind = kind;
    this.index = index;
  }
}

/** Some id of a kind, chosen when the request is sent. */
export function known(kind: string): fc.Arbitrary<Known> {
  return fc.nat({ max: 1000 }).map((index) => new Known(kind, index));
}

/** `/sessions/{id}/prompts/{rpc_id}`: the first is of the kind `session`, the second of the kind `prompt`. */
export function kindOfParameter(path: string, name: string): string {
  const parts = path.split("/");
  return singular(parts[parts.indexOf(`{${name}}`) - 1] ?? "");
}

/** The kind that a collection's path ends with: `/volumes` has volumes. */
export function kindOfCollection(path: string): string {
  return singular(path.split("/").at(-1) ?? "");
}

function singular(word: string): string {
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

/**
 * The ids that the server has told so far. `lasting` ones are there for the whole test; `spare` ones may be deleted, and are taken by what deletes.
 */
export class KnownValues {
  readonly #lasting = new Map<string, string[]>();
  readonly #spare = new Map<string, string[]>();

  addLasting(kind: string, value: string): void {
    this.#add(this.#lasting, kind, value);
  }

  addSpare(kind: string, value: string): void {
    this.#add(this.#spare, kind, value);
  }

  pick({ kind, index }: Pick<Known, "index" | "kind">): string | undefined {
    const lasting = this.#lasting.get(kind) ?? [];
    const all = lasting.length > 0 ? lasting : (this.#spare.get(kind) ?? []);
    return all[index % all.length];
  }

  /** A value that nothing else in the test counts on, and takes it out. */
  take(kind: string): string | undefined {
    return this.#spare.get(kind)?.shift();
  }

  #add(map: Map<string, string[]>, kind: string, value: string): void {
    const list = map.get(kind) ?? [];
    map.set(kind, list);
    if (!list.includes(value)) list.push(value);
  }
}
