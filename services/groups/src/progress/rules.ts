import { conflict } from '@classgram/errors'
import { z } from 'zod'
import type { GroupStatus } from '../generated/prisma/client.ts'

/** An empty text says nothing, so nothing is stored. */
const text = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .transform((given) => given || null)

/** Rules of a record's fields that GraphQL's types cannot express. */
export const unit = z.string().trim().min(1, 'must not be empty').max(120)
export const topic = text(200).nullish()
export const percentage = z.int().min(0).max(100)
/** As many digits as the column has. */
export const score = z
  .number()
  .min(0)
  .max(999_999.99)
  .multipleOf(0.01, 'must have at most two decimals')
  .nullish()
export const note = text(2000).nullish()
export const recordedAt = (now: Date) => z.date().max(now, 'must not be in the future').nullish()

/** @throws CONFLICT `GROUP_CLOSED` for a group that is in preparation still, or put away */
export function assertTakesRecords({ status }: { status: GroupStatus }): void {
  if (status !== 'DRAFT' && status !== 'ARCHIVED') return
  throw conflict('GROUP_CLOSED', 'Nothing is recorded of this group at the moment.', { status })
}
