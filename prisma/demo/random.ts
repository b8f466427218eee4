import { createHash } from 'node:crypto'

/** A stream of numbers that is the same for the same seed, on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** True this often, 0 to 1. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
}

/** Mulberry32, seeded from the text. Good enough to look random; never use it for anything secret. */
export function createRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE()
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => items[int(0, items.length - 1)] as T,
  }
}

const firstIdAt = Date.UTC(2026, 0, 1)

/**
 * Ids of one table: UUIDv7 (RFC 9562) whose time is a counter and whose random bits are seeded. They do not depend
 * on the day of seeding, so a row keeps its id, and databases seeded on different days still refer to each other.
 */
export function createIds(table: string): () => string {
  const random = createRandom(`ids of ${table}`)
  let time = firstIdAt
  const hex = (digits: number) =>
    random
      .int(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0')
  return () => {
    const stamp = (time++).toString(16).padStart(12, '0')
    const variant = '89ab'.charAt(random.int(0, 3))
    return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`
  }
}

/** SHA-256 of a secret that only this seed knows, as the services store their tokens. */
export function demoTokenHash(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(`classgram-demo:${name}`).digest())
}
