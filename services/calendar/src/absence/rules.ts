import { badUserInput } from '@classgram/errors'
import { optionalText } from '../lesson/rules.ts'

export const reason = optionalText(500)

/** What to tell the client when the database refused an absence. */
export const absenceRefusals = {
  teacher_unavailable_end_after_start: () =>
    badUserInput('input.endsAt', 'input.endsAt: must be after startsAt'),
}
