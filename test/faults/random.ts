/** Chance that a seed decides. */
export interface Dice {
  /** In [0, 1). */
  next: () => number
  /** @returns a whole number in [from, to] */
  between: (from: number, to: number) => number
  pick: <Item>(items: readonly Item[]) => Item
  isLucky: (share: number) => boolean
}

/** Marsaglia's xorshift32 (2003): the same numbers for the same seed. */
export function createDice(seed: number): Dice {
  let state = seed | 0 || 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    isLucky: (share) => next() < share,
    pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
  }
}
