const maxCommands = 65_536;

/** The ids of commands that a run has obeyed, so that each is obeyed once. The oldest go beyond {@link maxCommands}; a retry comes long before. */
export class CommandLog {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= maxCommands) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}
