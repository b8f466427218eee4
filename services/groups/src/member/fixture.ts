import { randomUUID } from 'node:crypto'
import { type Answer, as, insert, startSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { insertGroup, tanya } from '../group/fixture.ts'

export { tanya }

const hourMs = 3_600_000

const stay = `member { id status waitingPosition awaitsApproval joinedAt seatOffer { offeredAt expiresAt } group { freeSeats } }`
const respond = `mutation ($input: RespondToSeatOfferInput!) { answer: respondToSeatOffer(input: $input) { ${stay} } }`
const leave = `mutation ($input: LeaveGroupInput!) { answer: leaveGroup(input: $input) { member { id status } } }`
const update = `mutation ($input: UpdateGroupMemberInput!) { answer: updateGroupMember(input: $input) { ${stay} } }`
const add = `mutation ($input: AddGroupMemberInput!) { answer: addGroupMember(input: $input) { ${stay} } }`
const change = `mutation ($input: UpdateGroupInput!) { answer: updateGroup(input: $input) { group { freeSeats capacity status } } }`

export const memberIn = ({ data }: Answer) => data?.answer?.member
export const refusal = (answer: Answer) => answer.errors?.[0]?.extensions
export const conflict = (reason: string) => ({ code: 'CONFLICT', reason })

/**
 * The groups service with a clock and, for each test, a group. Students have small numbers: those with a
 * seat 1, 2 and so on, those who wait 11, 12 and so on, in order.
 */
export async function startWaiting(env: Record<string, string> = {}) {
  const state = {
    now: new Date('2026-03-01T20:00:00Z'),
    group: '',
    stays: new Map<number, string>(),
  }
  const school = await startSchool({
    services: ['groups', 'students'],
    env: { groups: env },
    overrides: { clock: () => state.now },
  })
  const database = school.database('groups')
  const everybody = Array.from({ length: 60 }, (_, n) => ({ telegram_id: n + 1 }))
  await insert(school.database('students'), 'students', ...everybody)

  const ask = (viewer: Viewer, mutation: string, input: object) =>
    school.ask('groups', viewer, mutation, { input })
  const idOf = (student: number) => state.stays.get(student) ?? ''
  const student = (number: number) => as.student(BigInt(number))

  return {
    school,
    state,
    idOf,
    later: (hours: number) => {
      state.now = new Date(state.now.getTime() + hours * hourMs)
    },
    /** Begins with a full group and a line before its door. */
    async useGroup(seated: number[], waiting: number[], more = {}) {
      const capacity = Math.max(1, seated.length)
      state.group = await insertGroup(school, { capacity, ...more })
      const rows = [
        ...seated.map((number) => ({ number, status: 'ACTIVE', joined_at: state.now })),
        ...waiting.map((number, index) => ({
          number,
          status: 'WAITLISTED',
          waiting_position: index + 1,
        })),
      ].map(({ number, ...row }) => ({
        id: randomUUID(),
        group_id: state.group,
        student_telegram_id: BigInt(number),
        joined_at: null,
        waiting_position: null,
        ...row,
      }))
      state.stays = new Map(rows.map((row) => [Number(row.student_telegram_id), row.id]))
      if (rows.length > 0) await insert(database, 'group_members', ...rows)
    },
    answer: (number: number, accept: boolean, viewer = student(number)) =>
      ask(viewer, respond, { memberId: idOf(number), accept }),
    leave: (number: number) => ask(student(number), leave, { groupId: state.group }),
    update: (number: number, status: string, viewer = as.teacher(tanya)) =>
      ask(viewer, update, { id: idOf(number), status }),
    async add(number: number, status: string) {
      const answer = await ask(as.admin(), add, {
        groupId: state.group,
        studentTelegramId: number,
        status,
      })
      if (memberIn(answer)) state.stays.set(number, memberIn(answer).id)
      return answer
    },
    change: (input: object, viewer = as.teacher(tanya)) =>
      ask(viewer, change, { id: state.group, ...input }),
    /** Who waits, in order; those to whom a seat is offered with an exclamation mark. */
    async line(): Promise<string[]> {
      const { rows } = await database.owner.query(
        `SELECT student_telegram_id || CASE WHEN offer_expires_at IS NULL THEN '' ELSE '!' END AS who,
           waiting_position = row_number() OVER (ORDER BY waiting_position) AS "isInOrder"
         FROM group_members WHERE group_id = $1 AND status = 'WAITLISTED' ORDER BY waiting_position`,
        [state.group],
      )
      return rows.map(({ who, isInOrder }) => (isInOrder ? who : `${who} out of order`))
    },
    async seated(): Promise<number[]> {
      const { rows } = await database.owner.query(
        `SELECT student_telegram_id::int AS who FROM group_members
         WHERE group_id = $1 AND status IN ('ACTIVE', 'PAUSED') ORDER BY 1`,
        [state.group],
      )
      return rows.map(({ who }) => who)
    },
    /** Changes what is audited, as nobody does through the service. */
    write: (text: string) =>
      database.owner.query(`BEGIN; SET LOCAL classgram.actor = 'system:test'; ${text}; COMMIT`),
    read: async (text: string, ...values: unknown[]) =>
      (await database.owner.query(text, values)).rows,
  }
}
