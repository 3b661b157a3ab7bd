import type * as z from "zod";
import { line, wholeNumber } from "./fields.ts";

/** The query of a list. */
export interface PageQuery {
  /** 1 to 500; 100 when absent. */
  readonly limit?: number | undefined;
  /** Where the page begins: of the `Link` of the page before. */
  readonly cursor?: string | undefined;
}

/** The members of a list's query schema. */
export const pageFields: { readonly limit: z.ZodType<number | undefined>; readonly cursor: z.ZodType<string | undefined> } = {
  limit: wholeNumber(1, 500).optional(),
  cursor: line(1024).optional(),
};

/** The page that a query asks for. */
export function pageOf({ limit, cursor }: PageQuery): { readonly limit: number; readonly cursor: string | undefined } {
  return { limit: limit ?? 100, cursor };
}
