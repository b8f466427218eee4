import { as } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { releaseTogether } from '../group/fixture.ts'
import {
  anna,
  boris,
  clara,
  conflict,
  refusal,
  startWorld,
  stayIn,
  tanya,
  type World,
} from './fixture.ts'

const stranger = 1_099_511_627_999n

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  world.state.now = new Date()
  await world.useGroup()
})
afterAll(() => world.school.close())

const updateMember = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status awaitsApproval } } }`
const setStay = (id: string, status: string) =>
  world.school.ask('groups', as.teacher(tanya), updateMember, { input: { id, status } })
const setStatus = (status: string) =>
  world.school.ask(
    'groups',
    as.admin(),
    `mutation { updateGroup(input: { id: "${world.state.group}", status: ${status} }) { group { id } } }`,
  )

const inviteAnna = () => {
  const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id } } }`
  const input = { groupId: world.state.group, studentTelegramId: anna }
  return world.school.ask('groups', as.teacher(tanya), add, { input })
}

describe('pressing a link', () => {
  test('gives the seat that is free, then a place in the line; others are told', async () => {
    const { token, invitation } = await world.link()
    expect(stayIn(await world.press(token))).toMatchObject({
      status: 'ACTIVE',
      waitingPosition: null,
      joinedAt: world.state.now.toISOString(),
      group: { freeSeats: 0 },
    })
    expect(stayIn(await world.press(token, as.student(boris)))).toMatchObject({
      status: 'WAITLISTED',
      waitingPosition: 1,
      awaitsApproval: false,
      joinedAt: null,
    })
    const told = await world.read(
      `SELECT type, actor, payload->>'status' AS status FROM outbox_events
       WHERE aggregate_id = $1 ORDER BY sequence`,
      world.state.group,
    )
    const type = 'groups.membership-changed'
    expect(told).toEqual([
      { type, actor: `user:${anna}`, status: 'ACTIVE' },
      { type, actor: `user:${boris}`, status: 'WAITLISTED' },
    ])
    const stays = await world.read(
      'SELECT invitation_id FROM group_members WHERE group_id = $1',
      world.state.group,
    )
    expect(stays).toEqual(Array(2).fill({ invitation_id: invitation.id }))
  })

  test('again gives the same stay, even when the link works no more', async () => {
    const { token, invitation } = await world.link({ maxUses: 1 })
    const first = await world.press(token)
    await world.callBack(invitation.id)
    world.state.now = new Date(world.state.now.getTime() + 30 * 24 * 3_600_000)
    const restart = await world.school.stop('students')
    try {
      expect(await world.press(token)).toEqual(first)
    } finally {
      await restart()
    }
    expect(await world.usedCount()).toBe(1)
  })

  test('is the answer to an invitation in person, too', async () => {
    const { data } = await inviteAnna()
    const { token } = await world.link({ needsApproval: true })
    expect(stayIn(await world.press(token))).toMatchObject({
      id: data?.addGroupMember.member.id,
      status: 'ACTIVE',
    })
    expect(await world.usedCount()).toBe(1)
  })

  test('does not pass those who wait for the seat', async () => {
    const { token } = await world.link()
    const { id } = stayIn(await world.press(token))
    await world.press(token, as.student(boris))
    await setStay(id, 'LEFT')
    expect(stayIn(await world.press(token, as.student(clara)))).toMatchObject({
      status: 'WAITLISTED',
      waitingPosition: 2,
    })
  })

  test('nor those whom an administrator put into the line', async () => {
    const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id } } }`
    const input = { groupId: world.state.group, studentTelegramId: boris, status: 'WAITLISTED' }
    await world.school.ask('groups', as.admin(), add, { input })
    expect(stayIn(await world.press((await world.link()).token)).waitingPosition).toBe(2)
  })
})

describe('a link that asks for the teacher', () => {
  test('leads to the line; with the agreement comes the seat', async () => {
    const { token } = await world.link({ needsApproval: true })
    const { id, ...stay } = stayIn(await world.press(token))
    expect(stay).toMatchObject({ status: 'WAITLISTED', waitingPosition: 1, awaitsApproval: true })
    const { data } = await setStay(id, 'ACTIVE')
    expect(data?.updateGroupMember.member).toEqual({ status: 'ACTIVE', awaitsApproval: false })
    const back = await setStay(id, 'WAITLISTED')
    expect(back.data?.updateGroupMember.member.awaitsApproval).toBe(false)
  })

  test('holds up nobody who comes without', async () => {
    await world.press((await world.link({ needsApproval: true })).token)
    expect(stayIn(await world.press((await world.link()).token, as.student(boris))).status).toBe(
      'ACTIVE',
    )
  })

  test('is refused by removing; pressing again does not help', async () => {
    const { token } = await world.link({ needsApproval: true })
    await setStay(stayIn(await world.press(token)).id, 'REMOVED')
    expect(refusal(await world.press(token))).toEqual(conflict('STAY_ENDED'))
  })
})

test('a link that asks for nothing is the teacher’s agreement for who waits for it', async () => {
  const asking = await world.link({ needsApproval: true })
  await world.press(asking.token, as.student(boris))
  const { id } = stayIn(await world.press(asking.token))
  const { token } = await world.link({ addresseeTelegramId: anna })
  expect(stayIn(await world.press(token))).toMatchObject({ id, status: 'ACTIVE' })
  const own = await world.link({ addresseeTelegramId: boris })
  expect(stayIn(await world.press(own.token, as.student(boris)))).toMatchObject({
    status: 'WAITLISTED',
    waitingPosition: 1,
    awaitsApproval: false,
  })
})

describe('a link does not work', () => {
  test('when it is called back while somebody presses it', async () => {
    const { token, invitation } = await world.link()
    const [answer] = await releaseTogether(
      world.school.database('groups'),
      world.state.group,
      () => [world.press(token)],
      (run) => run(`UPDATE group_invitations SET revoked_at = now() WHERE id = '${invitation.id}'`),
    )
    expect(answer && refusal(answer)).toEqual(conflict('INVITATION_REVOKED'))
  })

  test('when it is none or somebody else’s: nobody learns which', async () => {
    const { token } = await world.link({ addresseeTelegramId: boris })
    const answers = [
      await world.press(token),
      await world.press('g_nonsense'),
      await world.press(''),
    ]
    for (const answer of answers) expect(refusal(answer)).toEqual(conflict('INVITATION_INVALID'))
    expect(new Set(answers.map(({ errors }) => errors?.[0].message)).size).toBe(1)
    expect(stayIn(await world.press(token, as.student(boris))).status).toBe('ACTIVE')
  })

  test('once it has expired', async () => {
    const { token, invitation } = await world.link()
    world.state.now = new Date(new Date(invitation.expiresAt).getTime() - 1)
    expect((await world.press(token)).errors).toBeUndefined()
    world.state.now = new Date(invitation.expiresAt)
    expect(refusal(await world.press(token, as.student(boris)))).toEqual(
      conflict('INVITATION_EXPIRED'),
    )
  })

  test('once it was called back; calling back twice changes nothing', async () => {
    const { token, invitation } = await world.link()
    const first = await world.callBack(invitation.id)
    expect(first.data?.revokeGroupInvitation.invitation.revokedAt).toBe(
      world.state.now.toISOString(),
    )
    world.state.now = new Date(world.state.now.getTime() + 1_000)
    expect(await world.callBack(invitation.id)).toEqual(first)
    expect(refusal(await world.press(token))).toEqual(conflict('INVITATION_REVOKED'))
  })

  test('once it is used up', async () => {
    const { token } = await world.link({ maxUses: 1 })
    await world.press(token)
    expect(refusal(await world.press(token, as.student(boris)))).toEqual(
      conflict('INVITATION_USED_UP'),
    )
  })

  test('for who left, or was removed since; a new one does', async () => {
    const { token } = await world.link()
    const later = await world.link()
    await setStay(stayIn(await world.press(token)).id, 'REMOVED')
    for (const one of [token, later.token]) {
      expect(refusal(await world.press(one))).toEqual(conflict('STAY_ENDED'))
    }
    world.state.now = new Date(world.state.now.getTime() + 1_000)
    expect((await world.press((await world.link()).token)).errors).toBeUndefined()
  })

  test.each(['REMOVED', 'LEFT'])(
    'for who was %s and is invited in person: the invitation is what there is',
    async (end) => {
      const { token } = await world.link()
      await setStay(stayIn(await world.press(token)).id, end)
      const { data } = await inviteAnna()
      const { id } = data?.addGroupMember.member ?? {}
      for (const _ of [1, 2]) {
        expect(stayIn(await world.press(token))).toMatchObject({ id, status: 'INVITED' })
      }
      expect(await world.usedCount()).toBe(1)
      await setStay(id, 'REMOVED')
      expect(refusal(await world.press(token))).toEqual(conflict('STAY_ENDED'))
    },
  )

  test('for who was removed and waits for the teacher by another: they wait still', async () => {
    const { token } = await world.link()
    await setStay(stayIn(await world.press(token)).id, 'REMOVED')
    world.state.now = new Date(world.state.now.getTime() + 1_000)
    const asking = await world.link({ needsApproval: true })
    const stay = stayIn(await world.press(asking.token))
    expect(stay).toMatchObject({ status: 'WAITLISTED', awaitsApproval: true })
    expect(stayIn(await world.press(token))).toEqual(stay)
  })

  test('before the group is open, nor after it is over', async () => {
    await world.useGroup({ status: 'DRAFT' })
    const { token } = await world.link()
    const closed = { code: 'CONFLICT', reason: 'GROUP_CLOSED' }
    expect(refusal(await world.press(token))).toMatchObject(closed)
    await setStatus('OPEN')
    expect(stayIn(await world.press(token)).status).toBe('ACTIVE')
    await setStatus('ARCHIVED')
    expect(refusal(await world.press(token, as.student(boris)))).toMatchObject(closed)
  })

  test('for who has no profile as a student yet', async () => {
    const { token } = await world.link()
    expect(refusal(await world.press(token, as.student(stranger)))).toEqual(
      conflict('NO_STUDENT_PROFILE'),
    )
  })

  test('while students is away, and nothing is used', async () => {
    const { token } = await world.link()
    const restart = await world.school.stop('students')
    try {
      expect(refusal(await world.press(token))).toEqual({
        code: 'SERVICE_UNAVAILABLE',
        service: 'students',
      })
    } finally {
      await restart()
    }
    expect(await world.usedCount()).toBe(0)
  })

  test.each([
    ['a teacher', as.teacher(anna), 'FORBIDDEN'],
    ['an administrator', as.admin(), 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ])('for %s', async (_, viewer, code) => {
    const { token } = await world.link()
    const answer = await world.press(token, viewer)
    expect(refusal(answer)).toEqual({ code })
  })
})
