import { createHash, randomUUID } from 'node:crypto'
import { as } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anna, refusal, sam, startWorld, tanya, type World } from './fixture.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  world.state.now = new Date()
  await world.useGroup()
})
afterAll(() => world.school.close())

describe('making a link', () => {
  test('its token is shown once, fits into what Telegram takes, and is stored as a hash', async () => {
    const { token, botLink, miniAppLink, invitation } = await world.link({ maxUses: undefined })
    expect(token).toMatch(/^g_[A-Za-z0-9_-]{43}$/)
    expect(botLink).toBe(`https://t.me/school_bot?start=${token}`)
    expect(miniAppLink).toBe(`https://t.me/school_bot/app?startapp=${token}`)
    expect(invitation).toMatchObject({ maxUses: 1, usedCount: 0, needsApproval: false })
    expect(new Date(invitation.expiresAt).getTime() - world.state.now.getTime()).toBe(
      7 * 24 * 3_600_000,
    )
    const hash = createHash('sha256').update(token).digest()
    expect(await world.read('SELECT token_hash FROM group_invitations')).toContainEqual({
      token_hash: hash,
    })
    const audited = await world.read(
      'SELECT actor, after FROM audit_log WHERE row_id = $1',
      invitation.id,
    )
    expect(audited).toMatchObject([{ actor: `user:${tanya}`, after: { token_hash: '***' } }])
  })

  test('a retry makes no other, and does not get the token again', async () => {
    const input = { idempotencyKey: 'once', groupId: world.state.group }
    const answers = await Promise.all([world.make(input), world.make(input), world.make(input)])
    answers.push(await world.make(input))
    const made = answers.map(({ data }) => data?.createGroupInvitation)
    expect(new Set(made.map(({ invitation }) => invitation.id)).size).toBe(1)
    expect(made.filter(({ token }) => token !== null)).toHaveLength(1)
    for (const { botLink, miniAppLink } of made.filter(({ token }) => token === null)) {
      expect([botLink, miniAppLink]).toEqual([null, null])
    }
  })

  test('the teacher sees how often it was used', async () => {
    const { token } = await world.link({ addresseeTelegramId: anna, needsApproval: true })
    await world.press(token)
    const list = `query ($id: UUID!) { group(id: $id) { invitations { nodes { usedCount maxUses needsApproval addressee { telegramId } } } } }`
    const { data } = await world.school.ask('groups', as.teacher(tanya), list, {
      id: world.state.group,
    })
    expect(data?.group.invitations.nodes).toEqual([
      { usedCount: 1, maxUses: 9, needsApproval: true, addressee: { telegramId: String(anna) } },
    ])
  })

  test.each([
    ['input.maxUses', { maxUses: 0 }],
    ['input.maxUses', { maxUses: 1001 }],
    ['input.expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['input.expiresAt', { expiresAt: '2999-01-01T00:00:00Z' }],
    ['input.addresseeTelegramId', { addresseeTelegramId: '0' }],
  ])('a wrong %s is named: %o', async (field, wrong) => {
    expect(refusal(await world.make(wrong))).toEqual({ code: 'BAD_USER_INPUT', field })
  })

  test.each([
    ['another teacher', as.teacher(sam), 'FORBIDDEN', 'FORBIDDEN'],
    ['a student', as.student(anna), 'FORBIDDEN', 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['an administrator', as.admin(), undefined, 'NOT_FOUND'],
  ])('by %s', async (_, viewer, code, codeForNone) => {
    const { invitation } = await world.link()
    expect(refusal(await world.make({}, viewer))?.code).toBe(code)
    expect(refusal(await world.make({ groupId: randomUUID() }, viewer))?.code).toBe(codeForNone)
    expect(refusal(await world.callBack(invitation.id, viewer))?.code).toBe(code)
    expect(refusal(await world.callBack(randomUUID(), viewer))?.code).toBe(codeForNone)
  })

  test.each([
    ['DRAFT', undefined],
    ['RUNNING', undefined],
    ['FINISHED', 'GROUP_CLOSED'],
    ['ARCHIVED', 'GROUP_CLOSED'],
  ])('to a group that is %s', async (status, reason) => {
    await world.useGroup({ status })
    expect(refusal(await world.make())?.reason).toBe(reason)
  })
})
