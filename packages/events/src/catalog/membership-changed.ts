import { z } from 'zod'
import { defineEvent } from '../define-event.ts'
import { instant, telegramId } from './fields.ts'

/** A student's stay in a group began or changed: how it is now. */
export const membershipChanged = defineEvent({
  type: 'groups.membership-changed',
  version: 2,
  subscribers: ['students'],
  upgrades: { 1: (stay) => ({ ...(stay as object), offerExpiresAt: null }) },
  payload: z.object({
    id: z.uuid(),
    groupId: z.uuid(),
    studentTelegramId: telegramId,
    status: z.enum(['INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED', 'COMPLETED', 'LEFT', 'REMOVED']),
    invitedAt: instant.nullable(),
    joinedAt: instant.nullable(),
    leftAt: instant.nullable(),
    /** Until when a seat is kept for who waits, if one is offered to them. */
    offerExpiresAt: instant.nullable(),
    createdAt: instant,
    /** Of the stay; rises with every change. */
    version: z.number().int().positive(),
  }),
})
