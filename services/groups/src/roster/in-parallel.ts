/**
 * Does something with each of a list, a few at a time, begun in the order of the list.
 *
 * @param width how many at a time
 * @throws what the first failure was, once nothing is under way any more; nothing is begun after it
 */
export async function inParallel<Item>(
  list: readonly Item[],
  width: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = list.values()
  let isFailed = false
  const work = async () => {
    for (const item of rest) {
      if (isFailed) return
      await act(item).catch((error: unknown) => {
        isFailed = true
        throw error
      })
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
