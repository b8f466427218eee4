import { subscribe } from '@classgram/events'
import { groupChanged } from '@classgram/events/catalog'
import type { Prisma } from '../generated/prisma/client.ts'

/**
 * Keeps the list of a teacher's groups. An event older than what is known changes nothing; one of the
 * same version writes the whole row, so that a replay mends it.
 */
export const onGroupChanged = subscribe(
  groupChanged,
  async (tx: Prisma.TransactionClient, group, { occurredAt }) => {
    await tx.$executeRaw`
      INSERT INTO groups AS known
        (id, teacher_telegram_id, name, language, level, status, source_version, occurred_at, created_at)
      VALUES (${group.id}::uuid, ${group.teacherTelegramId}, ${group.name}, ${group.language},
        ${group.level}::level, ${group.status}::group_status, ${group.version}, ${occurredAt}, ${group.createdAt})
      ON CONFLICT (id) DO UPDATE SET
        teacher_telegram_id = excluded.teacher_telegram_id, name = excluded.name,
        language = excluded.language, level = excluded.level, status = excluded.status,
        source_version = excluded.source_version, occurred_at = excluded.occurred_at,
        created_at = excluded.created_at, updated_at = now()
      WHERE known.source_version <= excluded.source_version`
  },
  { isReplayable: true },
)
