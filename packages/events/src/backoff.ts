/** How patiently a failed delivery is repeated; all in milliseconds. */
export interface Backoff {
  /** Until the second attempt; each later wait is about twice as long. */
  firstMs: number
  /** Longest wait between two attempts. */
  longestMs: number
  /** For how long an event may go on failing until it is parked. */
  giveUpMs: number
}

export const patient: Backoff = {
  firstMs: 1_000,
  longestMs: 60 * 60 * 1000,
  giveUpMs: 24 * 60 * 60 * 1000,
}

/**
 * Exponential, with half of each wait left to chance so that many failures do not return together.
 *
 * @param attempts made so far, the one that has just failed included
 * @param failingForMs since the first failure
 * @returns milliseconds until the next attempt; undefined when it is time to give up
 */
export function nextDelay(
  { firstMs, longestMs, giveUpMs }: Backoff,
  { attempts, failingForMs }: { attempts: number; failingForMs: number },
): number | undefined {
  if (failingForMs >= giveUpMs) return undefined
  const whole = Math.min(longestMs, firstMs * 2 ** (attempts - 1))
  return whole / 2 + (Math.random() * whole) / 2
}
