import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { instant, level, telegramId } from './fields.ts'

/** A group was created or changed: how it is now. */
export const groupChanged = defineEvent({
  type: 'groups.group-changed',
  version: 1,
  subscribers: ['calendar', 'teachers'],
  payload: z.object({
    id: z.uuid(),
    name: z.string(),
    language: z.string(),
    level,
    status: z.enum(['DRAFT', 'OPEN', 'RUNNING', 'FINISHED', 'ARCHIVED']),
    teacherTelegramId: telegramId,
    createdAt: instant,
    /** Of the group; rises with every change. */
    version: z.number().int().positive(),
  }),
})
