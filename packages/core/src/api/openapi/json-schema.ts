import * as z from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";

/** The schemas that have a name (zod's `id`), as the document's components. */
export class ComponentSchemas {
  readonly #byName = new Map<string, JsonObject>();

  /**
   * A schema as JSON Schema 2020-12, of what is sent (a query's number is text to zod). What is named becomes a component, and a reference to it.
   * @throws Error when two schemas bear one name
   */
  convert(schema: z.ZodType): { readonly schema: JsonObject; readonly required: boolean } {
    const { properties, required, $defs } = z.toJSONSchema(z.object({ it: schema }), { io: "input", override: ({ jsonSchema }) => simplify(jsonSchema) }) as unknown as Wrapped;
    for (const [name, definition] of Object.entries($defs ?? {})) this.#add(name, withComponentReferences(definition));
    return { schema: withComponentReferences(properties.it), required: required?.includes("it") ?? false };
  }

  /** The object schema behind a reference, or the schema itself. */
  resolve(schema: JsonObject): JsonObject {
    const reference = schema["$ref"];
    if (typeof reference !== "string") return schema;
    return this.#byName.get(reference.slice(componentPrefix.length)) ?? schema;
  }

  /** All of them, by name. */
  toJSON(): JsonObject {
    return Object.fromEntries([...this.#byName].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }

  #add(name: string, definition: JsonObject): void {
    const known = this.#byName.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) throw new Error(`Two schemas are named "${name}".`);
    this.#byName.set(name, definition);
  }
}

interface Wrapped {
  readonly properties: { readonly it: JsonObject };
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, JsonObject>>;
}

const componentPrefix = "#/components/schemas/";
const definitionPrefix = "#/$defs/";

/** Takes out what says nothing to a reader: the pattern of a number's digits, and the one that spells out every date of the calendar. */
function simplify(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type === "integer" || schema.format === "date-time") delete schema.pattern;
}

function rewrite(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(rewrite);
  return isJsonObject(value) ? withComponentReferences(value) : value;
}

function withComponentReferences(schema: JsonObject): JsonObject {
  // The name that zod leaves on what it moved to the definitions; a property of that name has a schema, not text.
  const entries = Object.entries(schema).filter(([name, value]) => name !== "id" || typeof value !== "string");
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (name === "$ref" && typeof value === "string") return [name, value.replace(definitionPrefix, componentPrefix)];
      return [name, rewrite(value)];
    }),
  );
}
