import { AgentSdkError } from "../../errors.ts";
import type { Page, PageRequest } from "../../store.ts";

/** Cuts a sorted list into the page after the row whose place the cursor tells. */
export function pageOf<Row, Item>(rows: readonly Row[], page: PageRequest, options: { readonly place: (row: Row) => string; readonly item: (row: Row) => Item }): Page<Item> {
  const place = page.cursor === undefined ? "" : checkedCursor(page.cursor);
  const after = rows.filter((row) => options.place(row) > place);
  const taken = after.slice(0, page.limit);
  const last = taken.at(-1);
  return { items: taken.map(options.item), nextCursor: last === undefined || after.length <= taken.length ? null : options.place(last) };
}

function checkedCursor(cursor: string): string {
  if (!/^[01]?\d{16} ./u.test(cursor)) throw new AgentSdkError("bad_request", "The cursor is not one that this list has given out.");
  return cursor;
}

/** A text that sorts newest first, then by id: also the cursor. */
export function placeOf(milliseconds: number, id: string): string {
  return `${String(9_000_000_000_000_000 - Math.round(milliseconds)).padStart(16, "0")} ${id}`;
}

/** Compares by code units, as a database does under the collation "C". */
export function byText<Row>(place: (row: Row) => string): (a: Row, b: Row) => number {
  return (a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0);
}
