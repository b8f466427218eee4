import { transact } from '@classgram/database'
import { notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { RevokeGroupInvitationInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupInvitationRow } from '../rows.ts'

/**
 * Calls a link back; one that was called back before stays as it is.
 *
 * @throws FORBIDDEN for a link to a group that the viewer does not run, whether there is one or not;
 * NOT_FOUND for administrators
 */
export async function revokeGroupInvitation(
  ctx: RequestContext,
  { id }: RevokeGroupInvitationInput,
): Promise<{ invitation: GroupInvitationRow }> {
  const invitation = await transact(ctx.db, ctx, async (tx) => {
    const found = await tx.groupInvitation.findUnique({ where: { id }, select: { groupId: true } })
    const group = found ? await lockGroup(tx, found.groupId) : undefined
    assertRunsGroup(ctx, group)
    if (!group) throw notFound('invitation', id)
    // Read again: links are used behind the group's lock.
    const before = await tx.groupInvitation.findUniqueOrThrow({ where: { id } })
    if (before.revokedAt) return before
    return tx.groupInvitation.update({ where: { id }, data: { revokedAt: ctx.clock() } })
  })
  return { invitation }
}
