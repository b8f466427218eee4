import { earlierThan } from '@classgram/database'
import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type GroupInvitation, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

export function createInvitationLoaders(db: PrismaClient) {
  return {
    /** One page of invitations for each of many groups, the newest first, in one statement. */
    invitationPage: createLoaderFamily(({ limit, after }: Page) =>
      createListLoader<string, GroupInvitation>(
        (groupIds) => db.$queryRaw<GroupInvitation[]>`
          SELECT i.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT id, group_id AS "groupId", expires_at AS "expiresAt", max_uses AS "maxUses",
              used_count AS "usedCount", addressee_telegram_id AS "addresseeTelegramId",
              needs_approval AS "needsApproval", revoked_at AS "revokedAt",
              created_at AS "createdAt"
            FROM group_invitations
            WHERE group_id = parent.id
              AND ${earlierThan(Prisma, Prisma.sql`created_at, id`, after)}
            ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}
          ) i ORDER BY i."createdAt" DESC, i.id DESC`,
        (invitation) => invitation.groupId,
      ),
    ),
  }
}
