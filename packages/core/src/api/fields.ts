import * as z from "zod";
import type { JsonObject, JsonValue } from "../json.ts";
import { isCredentialName } from "./credential-names.ts";

/** What fifteen digits can say. */
const largestWholeNumber = 999_999_999_999_999;

const oneLine = /^[^\0\r\n]*$/;

const withoutNul = /^[^\0]*$/;

/** Text without NUL, which neither the database nor an environment can hold. */
export function text(maximum: number, minimum = 1): z.ZodString {
  return z.string().min(minimum).max(maximum).regex(withoutNul, { error: "must not contain NUL" });
}

/** One line of text. */
export function line(maximum: number): z.ZodString {
  return z.string().min(1).max(maximum).regex(oneLine, { error: "must be one line" });
}

/** Names of environment variables: what a shell accepts, so that none can inject into one. */
export const environmentName: z.ZodString = z.string().max(256).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "is not a valid name of an environment variable" });

const values = text(131_072, 0);

/** Variables that may hold anything. */
export const variables: z.ZodType<Readonly<Record<string, string>>> = z.record(environmentName, values);

/** Variables that are shown to whoever reads the session: known credentials are refused. */
export const publicVariables: z.ZodType<Readonly<Record<string, string>>> = z.record(environmentName, values).superRefine((record, context) => {
  for (const name of Object.keys(record)) {
    if (isCredentialName(name)) context.addIssue({ code: "custom", path: [name], message: `is a credential: put it into "secrets", which are never shown` });
  }
});

/** Any member of a body: that is JSON already. */
export const jsonValue: z.ZodType<JsonValue> = z.unknown() as z.ZodType<JsonValue>;

export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonValue);

/** An id of a prompt: it stands in the line `event:` of a stream, and in a path. */
export const promptId: z.ZodString = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, { error: "must be 1 to 128 of A-Z a-z 0-9 . _ : -" });

/** The name of a volume, an agent type or a provider. */
export const resourceName: z.ZodString = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: "must be a name of 1 to 64 letters, digits, dots, underscores and hyphens" });

const uuid = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/;

/** True for what could be a session's id. Anything else cannot exist. */
export function isUuid(value: string): boolean {
  return uuid.test(value);
}

export const uuidField: z.ZodString = z.string().regex(uuid, { error: "must be a UUID" });

/** A whole number in a query: text on the wire, described as the number that it is. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number> {
  const number = z.string().regex(/^\d{1,15}$/, { error: "must be a whole number" }).transform(Number).pipe(z.number().min(minimum).max(maximum));
  return number.meta({ type: "integer", minimum, maximum: Math.min(maximum, largestWholeNumber) });
}

/** `true` or `false` in a query. */
export const queryFlag: z.ZodType<boolean> = z.enum(["true", "false", "1", "0"], { error: "must be true or false" }).transform((value) => value === "true" || value === "1");

/** A moment in an answer: UTC, to the millisecond. */
export const timestamp: z.ZodType<string> = z.iso.datetime();

/** A number of things, or of whole seconds. */
export const count: z.ZodType<number> = z.int().min(0);
