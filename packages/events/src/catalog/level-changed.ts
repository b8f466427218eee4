import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { instant, level, telegramId } from './fields.ts'

/** A student's level of a language was stated for the first time, or is another now. Not why: that is personal. */
export const levelChanged = defineEvent({
  type: 'students.level-changed',
  version: 1,
  subscribers: [],
  payload: z.object({
    studentTelegramId: telegramId,
    /** BCP 47. */
    language: z.string(),
    /** Null when no level was known. */
    previousLevel: level.nullable(),
    level,
    assessedByTelegramId: telegramId,
    assessedAt: instant,
  }),
})
