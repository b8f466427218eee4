import { badUserInput, conflict } from '@classgram/errors'
import { z } from 'zod'

const shortestMs = 5 * 60_000
const longestMs = 24 * 3_600_000

const text = (longest: number) => z.string().trim().max(longest)

/** Text that may be left out; empty text is none. */
export const optionalText = (longest: number) =>
  text(longest)
    .nullish()
    .transform((value) => (value === '' ? null : value))

export const title = text(120).min(1, 'must not be empty')
export const place = optionalText(200)
export const meetingUrl = optionalText(2000).refine(
  (url) => url == null || (URL.canParse(url) && url.startsWith('https://')),
  'must be a https:// address',
)

/** @throws BAD_USER_INPUT unless the lesson lasts 5 minutes to 24 hours */
export function assertDuration({ startsAt, endsAt }: { startsAt: Date; endsAt: Date }): void {
  const length = endsAt.getTime() - startsAt.getTime()
  if (length < shortestMs || length > longestMs) {
    throw badUserInput('input.endsAt', 'A lesson lasts 5 minutes to 24 hours.')
  }
}

/** @throws CONFLICT `STALE` when the client expects another version; it need not expect any */
export function assertVersion(
  { version }: { version: number },
  { expectedVersion }: { expectedVersion?: number | null },
): void {
  if (expectedVersion != null && expectedVersion !== version) {
    throw conflict('STALE', 'The lesson was changed in the meantime.', { version })
  }
}

/** @throws CONFLICT `LESSON_CANCELLED`: who planned around it must not find it changed */
export function assertNotCancelled({ status }: { status: string }): void {
  if (status === 'CANCELLED') {
    throw conflict('LESSON_CANCELLED', 'The lesson was cancelled; plan a new one instead.')
  }
}

/** @throws CONFLICT `LESSON_NOT_STARTED` */
export function assertStarted({ startsAt }: { startsAt: Date }, now: Date): void {
  if (startsAt > now) {
    throw conflict('LESSON_NOT_STARTED', 'The lesson has not begun.', { startsAt })
  }
}
