import DataLoader from 'dataloader'

/**
 * A loader for rows that are found by one key each.
 *
 * @param fetch gets the distinct keys of this request and returns their rows in any order
 * @returns undefined for a key without a row
 */
export function createRowLoader<Key, Row>(
  fetch: (keys: readonly Key[]) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): DataLoader<Key, Row | undefined> {
  return new DataLoader(async (keys) => {
    const byKey = new Map((await fetch(keys)).map((row) => [keyOf(row), row]))
    return keys.map((key) => byKey.get(key))
  })
}

/** A loader for rows that belong to a key, any number to each, in the order that `fetch` gives. */
export function createListLoader<Key, Row>(
  fetch: (keys: readonly Key[]) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): DataLoader<Key, Row[]> {
  return new DataLoader(async (keys) => {
    const byKey = Map.groupBy(await fetch(keys), keyOf)
    return keys.map((key) => byKey.get(key) ?? [])
  })
}

/**
 * Loaders for a field with arguments: one loader for each distinct set of arguments, as long as
 * the request lives.
 */
export function createLoaderFamily<Args, Key, Value>(
  create: (args: Args) => DataLoader<Key, Value>,
): (args: Args) => DataLoader<Key, Value> {
  const loaders = new Map<string, DataLoader<Key, Value>>()
  return (args) => {
    const name = JSON.stringify(args)
    const loader = loaders.get(name) ?? create(args)
    loaders.set(name, loader)
    return loader
  }
}
