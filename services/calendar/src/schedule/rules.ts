import { violatedConstraint } from '@classgram/database'
import { badUserInput, conflict } from '@classgram/errors'
import { z } from 'zod'

export const weekday = z.int().min(1).max(7)

/** What to tell the client when the database refused working hours; any other error as it came. */
export function explainScheduleError(error: unknown): unknown {
  switch (violatedConstraint(error)) {
    case 'teacher_schedules_end_after_start':
      return badUserInput('input.localTo', 'input.localTo: must be after localFrom, or 00:00')
    case 'teacher_schedules_valid_dates_in_order':
      return badUserInput('input.validUntil', 'input.validUntil: must not be before validFrom')
    case 'teacher_schedules_no_overlap':
      return conflict('SCHEDULE_OVERLAPS', 'There are working hours at that time already.')
    default:
      return error
  }
}
