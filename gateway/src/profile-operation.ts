import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The query that the whole school exists for, as clients send it. */
export const profileQuery = readFileSync(
  join(import.meta.dirname, '../../clients/operations/profile.graphql'),
  'utf8',
)

const day = 24 * 60 * 60 * 1000

/** Four weeks back and four ahead. */
export function profileRange(now: Date): { from: string; to: string } {
  return {
    from: new Date(now.getTime() - 28 * day).toISOString(),
    to: new Date(now.getTime() + 28 * day).toISOString(),
  }
}
