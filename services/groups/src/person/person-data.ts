import { readPersonRows } from '@classgram/database'
import type { PersonData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { erasePersonData } from './erase-person-data.ts'

/** What this service tells a person about themselves, and how it forgets them. */
export const personData: PersonData<RequestContext> = {
  async read({ db }, telegramId) {
    const [rows, groups] = await Promise.all([
      readPersonRows(db, telegramId),
      findGroupsOfMember(db, telegramId),
    ])
    return groups.length > 0 ? { ...rows, groups_as_member: groups } : rows
  },
  erase: erasePersonData,
}

/**
 * Rows in `groups` are their teacher's: members, past ones too, get what everybody may see of the
 * group. Of a draft that is nothing.
 */
function findGroupsOfMember(db: PrismaClient, telegramId: bigint) {
  return db.$queryRaw<object[]>`
    SELECT g.id, g.teacher_telegram_id::text, g.name, g.description, g.language, g.level, g.status,
      g.starts_on::text, g.ends_on::text
    FROM groups g
    WHERE g.status <> 'DRAFT' AND EXISTS (
      SELECT FROM group_members m WHERE m.group_id = g.id AND m.student_telegram_id = ${telegramId})
    ORDER BY g.created_at, g.id`
}
