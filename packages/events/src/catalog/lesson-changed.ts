import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { instant, telegramId } from './fields.ts'

/**
 * A lesson was planned or changed: how it is now. Without its words and without its participants: both
 * are personal, and an erasure finds events by the one person whom they are about. Who needs them asks.
 */
export const lessonChanged = defineEvent({
  type: 'calendar.lesson-changed',
  version: 1,
  subscribers: ['groups'],
  payload: z.object({
    id: z.uuid(),
    /** Null: a lesson for its participants alone. */
    groupId: z.uuid().nullable(),
    teacherTelegramId: telegramId,
    startsAt: instant,
    endsAt: instant,
    /** The IANA zone in which it was planned. */
    timezone: z.string(),
    status: z.enum(['SCHEDULED', 'COMPLETED', 'CANCELLED', 'MISSED']),
    createdAt: instant,
    /** Of the lesson; rises with every change. */
    version: z.number().int().positive(),
  }),
})
