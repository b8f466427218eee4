import type { RequestContext } from '../context.ts'
import { parseSpan, type Span } from '../lesson/span.ts'
import { subtract } from './intervals.ts'
import { expandWorkingHours } from './working-hours.ts'

const mostDays = 62

/** When the teacher works, is not absent and has no lesson: at most 62 days at a time. */
export async function readAvailability(
  { loaders }: RequestContext,
  telegramId: bigint,
  args: Span,
): Promise<{ startsAt: Date; endsAt: Date }[]> {
  const span = parseSpan(args, mostDays)
  const [schedules, busy] = await Promise.all([
    loaders.schedulesOfTeacher.load(telegramId),
    loaders.busyTimesOfTeacher(span).load(telegramId),
  ])
  const hours = expandWorkingHours(schedules, {
    start: span.from.getTime(),
    end: span.to.getTime(),
  })
  const taken = busy.map(({ startsAt, endsAt }) => ({
    start: startsAt.getTime(),
    end: endsAt.getTime(),
  }))
  return subtract(hours, taken).map(({ start, end }) => ({
    startsAt: new Date(start),
    endsAt: new Date(end),
  }))
}
