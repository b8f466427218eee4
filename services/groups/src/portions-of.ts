/** A list in portions of at most `size`, in its order. */
export function* portionsOf<Item>(list: readonly Item[], size: number): Generator<Item[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size)
}
