import { badUserInput, conflict } from '@classgram/errors'
import { z } from 'zod'

export const weekday = z.int().min(1).max(7)

/** What to tell the client when the database refused working hours. */
export const scheduleRefusals = {
  teacher_schedules_end_after_start: () =>
    badUserInput('input.localTo', 'input.localTo: must be after localFrom, or 00:00'),
  teacher_schedules_valid_dates_in_order: () =>
    badUserInput('input.validUntil', 'input.validUntil: must not be before validFrom'),
  teacher_schedules_no_overlap: () =>
    conflict('SCHEDULE_OVERLAPS', 'There are working hours at that time already.'),
}
