function matches(pattern: string, path: string): boolean {
  const expected = pattern.split("/");
  const parts = path.split("/");
  return expected.length === parts.length && expected.every((part, index) => (part.startsWith(":") ? parts[index] !== "" : part === parts[index]));
}

/** The methods that a path has routes for. */
export function matchedMethods(routes: readonly { readonly path: string; readonly method: string }[], path: string): readonly string[] {
  const methods = routes.filter((route) => route.method !== "ALL" && matches(route.path, path)).map((route) => route.method);
  return [...new Set(methods)].toSorted();
}
