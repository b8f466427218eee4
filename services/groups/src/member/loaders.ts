import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import DataLoader from 'dataloader'
import {
  type GroupMember,
  type MemberStatus,
  Prisma,
  type PrismaClient,
} from '../generated/prisma/client.ts'

/** Columns of a stay under their Prisma names. */
const columns = Prisma.sql`
  id, group_id AS "groupId", student_telegram_id AS "studentTelegramId", status,
  waiting_position AS "waitingPosition", invitation_id AS "invitationId",
  invited_at AS "invitedAt", joined_at AS "joinedAt", left_at AS "leftAt", version,
  created_at AS "createdAt", updated_at AS "updatedAt"`

export function createMemberLoaders(db: PrismaClient) {
  return {
    /** Stays of students that they have not answered to, or wait for: not many at a time. */
    pendingStays: createListLoader<bigint, GroupMember>(
      (students) => db.$queryRaw<GroupMember[]>`
        SELECT ${columns} FROM group_members
        WHERE student_telegram_id = ANY(${students}) AND status IN ('INVITED', 'WAITLISTED')
        ORDER BY created_at, id`,
      (member) => member.studentTelegramId,
    ),

    /** Of these links, whether they ask for the teacher's agreement. */
    linkNeedsApproval: new DataLoader<string, boolean>(async (ids) => {
      const links = await db.$queryRaw<{ id: string }[]>`
        SELECT id FROM group_invitations WHERE id = ANY(${ids}::uuid[]) AND needs_approval`
      const asking = new Set(links.map(({ id }) => id))
      return ids.map((id) => asking.has(id))
    }),

    /** One page of members for each of many groups, in one statement. */
    memberPage: createLoaderFamily(({ page, statuses }: { page: Page; statuses: MemberStatus[] }) =>
      createListLoader<string, GroupMember>(
        (groupIds) => db.$queryRaw<GroupMember[]>`
          SELECT m.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns}
            FROM group_members
            WHERE group_id = parent.id AND status::text = ANY(${statuses})
              ${page.after ? Prisma.sql`AND (created_at, id) > (${page.after.sort}, ${page.after.id}::uuid)` : Prisma.empty}
            ORDER BY created_at, id LIMIT ${page.limit + 1}
          ) m ORDER BY m."createdAt", m.id`,
        (member) => member.groupId,
      ),
    ),
  }
}
