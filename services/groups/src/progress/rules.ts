import { conflict } from '@classgram/errors'
import { lineOfText } from '@classgram/graphql'
import { z } from 'zod'
import type { GroupStatus } from '../generated/prisma/client.ts'

/** Nothing was recorded before; who says so has mistyped the year. */
const earliest = new Date('2000-01-01T00:00:00Z')
/** By how much a client's clock may be ahead. */
const clockDifferenceMs = 60_000

/** An empty text says nothing, so nothing is stored. */
const orNull = (text: z.ZodType<string>) => text.transform((given) => given || null).nullish()

/** Rules of a record's fields that GraphQL's types cannot express. */
export const unit = lineOfText(120).min(1, 'must not be empty')
export const topic = orNull(lineOfText(200))
export const percentage = z.int().min(0).max(100)
/** As many digits as the column has. */
export const score = z
  .number()
  .min(0)
  .max(999_999.99)
  .multipleOf(0.01, 'must have at most two decimals')
  .nullish()
export const note = orNull(z.string().trim().max(2000))
export const recordedAt = (now: Date) =>
  z
    .date()
    .min(earliest, 'must not be before the year 2000')
    .max(new Date(now.getTime() + clockDifferenceMs), 'must not be in the future')
    .nullish()

/** @throws CONFLICT `GROUP_CLOSED` for a group that is in preparation still, or put away */
export function assertTakesRecords({ status }: { status: GroupStatus }): void {
  if (status !== 'DRAFT' && status !== 'ARCHIVED') return
  throw conflict('GROUP_CLOSED', 'Nothing is recorded of this group at the moment.', { status })
}
