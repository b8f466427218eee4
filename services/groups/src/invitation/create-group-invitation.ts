import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateGroupInvitationInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupInvitationRow } from '../rows.ts'
import { hashToken, newToken } from './token.ts'

const dayMs = 24 * 60 * 60 * 1000
const usualDays = 7
const mostDays = 366

const rules = z.object({ maxUses: z.int().min(1).max(1000).nullish() })

interface Created {
  invitation: GroupInvitationRow
  token: string | null
  botLink: string | null
  miniAppLink: string | null
}

/**
 * Makes a link by which students join a group, for one that is not over.
 *
 * @returns the secret, which is stored nowhere in the clear, alone and in links; null to a retry, which
 * cannot have it again
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not; NOT_FOUND
 * (group) for administrators; BAD_USER_INPUT; CONFLICT: `GROUP_CLOSED`
 */
export async function createGroupInvitation(
  ctx: RequestContext,
  input: CreateGroupInvitationInput,
): Promise<Created> {
  const earlier = await replay(ctx.db, ctx, 'createGroupInvitation', input, (id) =>
    ctx.db.groupInvitation.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return withoutSecret(earlier)
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const { maxUses } = parseInput(rules, input)
  const expiresAt = expiryOf(ctx, input)
  const token = newToken()
  const tokenHash = hashToken(token)
  const invitation = await transact(ctx.db, ctx, async (tx) => {
    const group = await lockGroup(tx, input.groupId)
    assertRunsGroup(ctx, group)
    if (!group) throw notFound('group', input.groupId)
    return once(tx, ctx, 'createGroupInvitation', input, {
      async create() {
        const { status } = group
        if (status === 'FINISHED' || status === 'ARCHIVED') {
          throw conflict('GROUP_CLOSED', 'This group is over.', { status })
        }
        return tx.groupInvitation.create({
          data: {
            groupId: group.id,
            tokenHash,
            expiresAt,
            maxUses: maxUses ?? undefined,
            addresseeTelegramId: input.addresseeTelegramId,
            needsApproval: input.needsApproval ?? undefined,
            createdByTelegramId: viewer.telegramId,
            // By the clock that also says when stays end: the two are compared.
            createdAt: ctx.clock(),
          },
        })
      },
      find: (id) => tx.groupInvitation.findUniqueOrThrow({ where: { id } }),
    })
  })
  // Of two requests with one key, the second gets the row that the first made with its own secret.
  const isNew = Buffer.from(invitation.tokenHash).equals(tokenHash)
  return isNew ? { invitation, token, ...ctx.links(token) } : withoutSecret(invitation)
}

function withoutSecret(invitation: GroupInvitationRow): Created {
  return { invitation, token: null, botLink: null, miniAppLink: null }
}

function expiryOf({ clock }: RequestContext, { expiresAt }: CreateGroupInvitationInput): Date {
  const now = clock().getTime()
  if (expiresAt == null) return new Date(now + usualDays * dayMs)
  const ahead = expiresAt.getTime() - now
  if (ahead <= 0 || ahead > mostDays * dayMs) {
    throw badUserInput(
      'input.expiresAt',
      `input.expiresAt: must be in the future, at most ${mostDays} days ahead`,
    )
  }
  return expiresAt
}
