interface Schema {
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly properties?: unknown;
}

/** A small value that fits a JSON schema of the kind that agents ask answers by: all properties, first choices, no items. */
export function instanceOf(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return null;
  const { type, enum: choices, properties } = schema as Schema;
  if (Array.isArray(choices)) return choices[0] as unknown;
  // Gemini's own dialect of schemas has the types in capitals.
  switch (typeof type === "string" ? type.toLowerCase() : type) {
    case "object":
      return Object.fromEntries(Object.entries(properties ?? {}).map(([name, value]) => [name, instanceOf(value)]));
    case "string":
      return "Scripted answer";
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return null;
  }
}
