import { violatedConstraint } from '@classgram/database'
import { badUserInput } from '@classgram/errors'
import { text } from '../lesson/rules.ts'

export const reason = text(500).nullish()

/** What to tell the client when the database refused an absence; any other error as it came. */
export function explainAbsenceError(error: unknown): unknown {
  if (violatedConstraint(error) !== 'teacher_unavailable_end_after_start') return error
  return badUserInput('input.endsAt', 'input.endsAt: must be after startsAt')
}
