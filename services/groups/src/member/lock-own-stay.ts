import { forbidden } from '@classgram/errors'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import { type LockedGroup, lockGroup } from '../group/lock-group.ts'

/**
 * Finds the viewer's own stay, and locks its group until the transaction ends.
 *
 * @param message what whoever asks for another's stay is told
 * @throws FORBIDDEN for another's stay, whether there is one or not
 */
export async function lockOwnStay(
  tx: Prisma.TransactionClient,
  { viewer }: RequestContext,
  id: string,
  message: string,
): Promise<{ group: LockedGroup; stay: GroupMember }> {
  const found = await tx.groupMember.findUnique({ where: { id } })
  const isOwn = found !== null && isPerson(viewer, found.studentTelegramId)
  const group = isOwn ? await lockGroup(tx, found.groupId) : undefined
  if (!group) throw forbidden(message)
  // Read again: only behind the group's lock does the state stand still.
  return { group, stay: await tx.groupMember.findUniqueOrThrow({ where: { id } }) }
}
