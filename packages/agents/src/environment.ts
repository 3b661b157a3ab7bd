import type { Credentials, SessionEnvironment } from "./definition.ts";

/** A variable that is set to the empty string counts as absent, as in most shells' scripts. */
export function given(values: Credentials, name: string): string | undefined {
  return values[name] === "" ? undefined : values[name];
}

/** The session's variables without the named ones. Secrets win over plain variables of the same name. */
export function environmentWithout(session: SessionEnvironment, names: readonly string[]): Readonly<Record<string, string>> {
  const hidden = new Set(names);
  return Object.fromEntries(Object.entries({ ...session.env, ...session.secrets }).filter(([name]) => !hidden.has(name)));
}

/** The entries of `values` that are named and not empty. */
export function pick(values: Credentials, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (given(values, name) === undefined ? [] : [[name, values[name] ?? ""]])));
}
