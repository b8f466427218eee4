import { subscribe } from '@classgram/events'
import { membershipChanged } from '@classgram/events/catalog'
import type { Prisma } from '../generated/prisma/client.ts'

/**
 * Keeps the student's side of a stay in a group. An event older than what is known changes nothing; one
 * of the same version writes the whole row, so that a replay mends it.
 */
export const onMembershipChanged = subscribe(
  membershipChanged,
  async (tx: Prisma.TransactionClient, stay, { occurredAt }) => {
    await tx.$executeRaw`
      INSERT INTO group_enrollments AS known
        (id, group_id, student_telegram_id, status, invited_at, joined_at, left_at, source_version,
          occurred_at, created_at)
      VALUES (${stay.id}::uuid, ${stay.groupId}::uuid, ${stay.studentTelegramId},
        ${stay.status}::member_status, ${stay.invitedAt}, ${stay.joinedAt}, ${stay.leftAt},
        ${stay.version}, ${occurredAt}, ${stay.createdAt})
      ON CONFLICT (id) DO UPDATE SET
        group_id = excluded.group_id, student_telegram_id = excluded.student_telegram_id,
        status = excluded.status, invited_at = excluded.invited_at, joined_at = excluded.joined_at,
        left_at = excluded.left_at, source_version = excluded.source_version,
        occurred_at = excluded.occurred_at, created_at = excluded.created_at, updated_at = now()
      WHERE known.source_version <= excluded.source_version`
  },
  { isReplayable: true },
)
