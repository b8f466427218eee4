import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertGroup, insertTeacher, tanya } from './fixture.ts'

const [anna, boris] = [1_099_511_627_777n, 1_099_511_627_778n]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'students', 'teachers'] })
  await insert(
    school.database('students'),
    'students',
    { telegram_id: anna },
    { telegram_id: boris },
  )
  await insertTeacher(school)
})
afterAll(() => school.close())

const insertDraft = () => insertGroup(school, { capacity: 5, status: 'DRAFT' })

test('who opens a group invites into it in the same request', async () => {
  const id = await insertDraft()
  const answer = await school.ask(
    'groups',
    as.teacher(tanya),
    `mutation ($id: UUID!) {
      open: updateGroup(input: { id: $id, level: B2, status: OPEN }) { group { status } }
      invite: addGroupMember(input: { groupId: $id, studentTelegramId: ${anna} }) {
        member { group { status level members { nodes { status } } } }
      }
      run: updateGroup(input: { id: $id, status: RUNNING }) {
        group { members { nodes { status group { status } } } }
      }
    }`,
    { id },
  )
  expect(answer.errors).toBeUndefined()
  expect(answer.data?.invite.member.group).toEqual({
    status: 'OPEN',
    level: 'B2',
    members: { nodes: [{ status: 'INVITED' }] },
  })
  expect(answer.data?.run.group.members.nodes).toEqual([
    { status: 'INVITED', group: { status: 'RUNNING' } },
  ])
})

test('each of several changes in one request shows what it did', async () => {
  const id = await insertDraft()
  const add = (student: bigint) => `addGroupMember(
    input: { groupId: "${id}", studentTelegramId: ${student} }
  ) { member { group { freeSeats members { nodes { student { telegramId groups { id } } } } } } }`
  const { data } = await school.ask(
    'groups',
    as.admin(),
    `mutation { first: ${add(anna)} second: ${add(boris)} }`,
  )
  const member = (student: bigint) => ({
    student: { telegramId: String(student), groups: expect.arrayContaining([{ id }]) },
  })
  expect(data?.first.member.group).toEqual({ freeSeats: 4, members: { nodes: [member(anna)] } })
  expect(data?.second.member.group).toEqual({
    freeSeats: 3,
    members: { nodes: [member(anna), member(boris)] },
  })
})
