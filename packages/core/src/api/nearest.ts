/** The fewest edits between two words, where swapping two neighbours is one (optimal string alignment), with three rows of memory. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const substitution = (row[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      const swapped = i > 0 && j > 0 && left[i] === right[j - 1] && left[i - 1] === right[j];
      const swap = swapped ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(substitution, swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The known word that takes the fewest edits from `word`, the first of equals; null when none is known. Long words are compared by their beginning. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const start = word.slice(0, 64).toLowerCase();
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(start, name.toLowerCase());
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best?.name ?? null;
}
