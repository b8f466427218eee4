import { type Answer, as, insert, startSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { insertGroup, tanya } from '../group/fixture.ts'

export { tanya }
export const sam = 4_294_967_302n
export const anna = 1_099_511_627_777n
export const boris = 1_099_511_627_778n
export const clara = 1_099_511_627_779n

const create = `mutation ($input: CreateGroupInvitationInput!) { createGroupInvitation(input: $input) { token botLink miniAppLink invitation { id expiresAt maxUses usedCount needsApproval revokedAt addressee { telegramId } } } }`
const revoke = `mutation ($input: RevokeGroupInvitationInput!) { revokeGroupInvitation(input: $input) { invitation { id revokedAt } } }`
const accept = `mutation ($input: AcceptGroupInvitationInput!) { acceptGroupInvitation(input: $input) { member { id status waitingPosition awaitsApproval joinedAt group { freeSeats } } } }`

export const stayIn = ({ data }: Answer) => data?.acceptGroupInvitation.member
export const refusal = (answer: Answer) => answer.errors?.[0]?.extensions
export const conflict = (reason: string) => ({ code: 'CONFLICT', reason })

export type World = Awaited<ReturnType<typeof startWorld>>

/** The groups service with a bot, three students, and a clock and a group for each test. */
export async function startWorld() {
  const state = { now: new Date(), group: '' }
  const school = await startSchool({
    services: ['groups', 'students'],
    env: { groups: { TELEGRAM_BOT_USERNAME: 'school_bot', TELEGRAM_MINI_APP_NAME: 'app' } },
    overrides: { clock: () => state.now },
  })
  const students = [anna, boris, clara].map((telegram_id) => ({ telegram_id }))
  await insert(school.database('students'), 'students', ...students)

  const ask = (viewer: Viewer, mutation: string, input: object) =>
    school.ask('groups', viewer, mutation, { input })
  const make = (more = {}, viewer = as.teacher(tanya)) =>
    ask(viewer, create, { groupId: state.group, maxUses: 9, ...more })
  const read = async (text: string, ...values: unknown[]) =>
    (await school.database('groups').owner.query(text, values)).rows

  return {
    school,
    /** What the tests may set: the time, and the group that they are about. */
    state,
    read,
    /** Begins with Tanya's group of one seat. */
    async useGroup(more = {}) {
      state.group = await insertGroup(school, { status: 'OPEN', ...more })
    },
    make,
    link: async (more = {}) => (await make(more)).data?.createGroupInvitation,
    press: (token: string, viewer = as.student(anna)) => ask(viewer, accept, { token }),
    callBack: (id: string, viewer = as.teacher(tanya)) => ask(viewer, revoke, { id }),
    async usedCount() {
      const links = 'SELECT used_count FROM group_invitations WHERE group_id = $1'
      return (await read(links, state.group))[0].used_count
    },
  }
}
