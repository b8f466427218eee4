import { laterThan } from '@classgram/database'
import {
  createListLoader,
  createLoaderFamily,
  createRowLoader,
  type Page,
} from '@classgram/graphql'
import {
  type GroupMember,
  type MemberStatus,
  Prisma,
  type PrismaClient,
} from '../generated/prisma/client.ts'
import type { GroupMemberStateRow } from '../rows.ts'

/** Columns of a stay under their Prisma names. */
export const memberColumns = Prisma.sql`
  id, group_id AS "groupId", student_telegram_id AS "studentTelegramId", status,
  waiting_position AS "waitingPosition", awaits_approval AS "awaitsApproval",
  offered_at AS "offeredAt", offer_expires_at AS "offerExpiresAt", passed_at AS "passedAt", invitation_id AS "invitationId",
  moved_from_id AS "movedFromId",
  invited_at AS "invitedAt", joined_at AS "joinedAt", left_at AS "leftAt", version,
  created_at AS "createdAt", updated_at AS "updatedAt"`

export function createMemberLoaders(db: PrismaClient) {
  return {
    /** Stays of students that they have not answered to, or wait for: not many at a time. */
    pendingStays: createListLoader<bigint, GroupMember>(
      (students) => db.$queryRaw<GroupMember[]>`
        SELECT ${memberColumns} FROM group_members
        WHERE student_telegram_id = ANY(${students}) AND status IN ('INVITED', 'WAITLISTED')
        ORDER BY created_at, id`,
      (member) => member.studentTelegramId,
    ),

    memberById: createRowLoader<string, GroupMember>(
      (ids) => db.$queryRaw<GroupMember[]>`
        SELECT ${memberColumns} FROM group_members WHERE id = ANY(${ids}::uuid[])`,
      (member) => member.id,
    ),

    /** The states that a stay was in, the first one first. */
    memberStates: createListLoader<string, GroupMemberStateRow>(
      (memberIds) => db.$queryRaw<GroupMemberStateRow[]>`
        SELECT member_id AS "memberId", status, since FROM group_member_states
        WHERE member_id = ANY(${memberIds}::uuid[]) ORDER BY id`,
      (state) => state.memberId,
    ),

    /** One page of members for each of many groups, in one statement. */
    memberPage: createLoaderFamily(({ page, statuses }: { page: Page; statuses: MemberStatus[] }) =>
      createListLoader<string, GroupMember>(
        (groupIds) => db.$queryRaw<GroupMember[]>`
          SELECT m.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${memberColumns}
            FROM group_members
            WHERE group_id = parent.id AND status::text = ANY(${statuses})
              AND ${laterThan(Prisma, Prisma.sql`created_at, id`, page.after)}
            ORDER BY created_at, id LIMIT ${page.limit + 1}
          ) m ORDER BY m."createdAt", m.id`,
        (member) => member.groupId,
      ),
    ),
  }
}
