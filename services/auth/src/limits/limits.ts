import { rateLimited } from '@classgram/errors'
import { Redis } from 'ioredis'
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible'

/** How often something may be tried: `points` times in `duration` seconds. */
const rules = {
  /** Any sign-in, from one address: a school's classroom shares one. */
  signInFromAddress: { points: 60, duration: 60 },
  /** Tries at one person's codes, from anywhere: what a guesser would need. */
  codeAsPerson: { points: 10, duration: 300 },
  /** Sign-ins as one person by an account elsewhere. Who guesses their codes uses none of these up. */
  accountAsPerson: { points: 10, duration: 300 },
  /** Accounts that one person links: each needs a sign-in elsewhere. */
  linkAsPerson: { points: 10, duration: 300 },
  /** Codes made for one person: each comes with attempts of its own. */
  codeForPerson: { points: 5, duration: 600 },
  /** Refreshed sessions, from one address. */
  refreshFromAddress: { points: 300, duration: 60 },
  /** Exports that one person asks for, of whomever: each makes all services work. */
  exportByPerson: { points: 10, duration: 3_600 },
  /** Requests for programs' tokens, from one address. */
  tokenFromAddress: { points: 60, duration: 60 },
  /** Tokens for one program, from anywhere: each holds for minutes. */
  tokenForClient: { points: 60, duration: 60 },
} as const

type LimitRule = keyof typeof rules

/** Counts attempts. The counters may be lost: that lets somebody try again, and does no other harm. */
export interface Limits {
  /** @throws RATE_LIMITED when the key has used up its attempts, with the seconds until the next */
  count: (rule: LimitRule, key: string) => Promise<void>
  close: () => void
}

export const noLimits: Limits = { count: async () => {}, close: () => {} }

/**
 * @param redisUrl where replicas count together; without it each process counts for itself, as it
 * also does while Redis is away
 */
export function createLimits(redisUrl: string | undefined): Limits {
  const redis =
    redisUrl === undefined
      ? undefined
      : new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 })
  // Without a listener a lost connection would end the process; counting goes on by itself.
  redis?.on('error', () => {})
  const limiters = new Map<LimitRule, RateLimiterAbstract>()
  for (const [name, rule] of Object.entries(rules)) {
    const options = { ...rule, keyPrefix: `limit:${name}` }
    const own = new RateLimiterMemory(options)
    const shared =
      redis && new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: own })
    limiters.set(name as LimitRule, shared ?? own)
  }
  return {
    async count(rule, key) {
      try {
        await limiters.get(rule)?.consume(key)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw rateLimited(Math.ceil(refusal.msBeforeNext / 1000))
      }
    },
    close: () => redis?.disconnect(),
  }
}
