/** Few enough to be done well within a statement's time, triggers included. */
const portionSize = 1_000

/**
 * Removes much in small portions, so that nobody waits long for a lock.
 *
 * @param remove removes as many rows as it is told, at most, and returns how many there were
 * @param signal ends it between two portions
 */
export async function inPortions(
  remove: (most: number) => PromiseLike<number>,
  signal?: AbortSignal,
): Promise<void> {
  let removed = portionSize
  while (removed === portionSize && !signal?.aborted) removed = await remove(portionSize)
}
