/** How patiently a failed delivery is repeated; all in milliseconds. */
export interface Backoff {
  /** Until the second attempt; each later wait is about twice as long. */
  firstMs: number
  /** Longest wait between two attempts. */
  longestMs: number
  /** For how long an event may go on failing, while it is tried, until it is parked. */
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
 * @returns milliseconds until the next attempt; undefined when it is time to give up: it has failed for so
 * long, and as often as it is tried in that time. A time in which nobody tried counts for nothing
 */
export function nextDelay(
  backoff: Backoff,
  { attempts, failingForMs }: { attempts: number; failingForMs: number },
): number | undefined {
  const { firstMs, longestMs, giveUpMs } = backoff
  if (failingForMs >= giveUpMs && attempts >= fewestUntilGivingUp(backoff)) return undefined
  const whole = Math.min(longestMs, firstMs * 2 ** (attempts - 1))
  return whole / 2 + (Math.random() * whole) / 2
}

/** How many attempts there are when each wait is as long as can be. */
function fewestUntilGivingUp({ firstMs, longestMs, giveUpMs }: Backoff): number {
  let attempts = 1
  let waitedMs = 0
  for (let waitMs = firstMs; waitMs < longestMs && waitedMs < giveUpMs; waitMs *= 2) {
    waitedMs += waitMs
    attempts++
  }
  return attempts + Math.max(0, Math.ceil((giveUpMs - waitedMs) / longestMs))
}
