import { readSubgraphs } from '@classgram/server'
import { as, eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRemains, write } from '../privacy/test-person.ts'

const { people, group, fillEveningEnglish } = eveningEnglish
const services = readSubgraphs().map(({ name }) => name)
const minute = 60_000

let ahead = 0
let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services,
    env: { auth: { HOUSEKEEPING_SECONDS: '0.1' } },
    overrides: { clock: () => new Date(Date.now() + ahead) },
  })
  await fillEveningEnglish(school)
})
afterAll(() => school.close())

const mutation = `mutation ($input: ErasePersonInput!) {
  erasePerson(input: $input) { erasure { completedAt } }
}`
const erase = (telegramId: bigint) =>
  school.ask('auth', as.admin(people.admin), mutation, { input: { telegramId } })

async function stateOf(telegramId: bigint) {
  const { rows } = await school.database('auth').owner.query(
    `SELECT completed_at IS NOT NULL AS "isCompleted", verified_at IS NOT NULL AS "isVerified",
       (SELECT max(attempts) FROM erasure_receipts WHERE erasure_id = e.id) AS attempts
     FROM erasures e WHERE telegram_id = $1`,
    [String(telegramId)],
  )
  return rows[0]
}

/** Long enough for one round at the longest distance, and a second one. */
const rounds = { timeout: 8_000 }

test('an erasure that somebody left half done comes to its end by itself, a minute later', async () => {
  const restart = await school.stop('notification')
  const { data } = await erase(people.anna)
  expect(data.erasePerson.erasure.completedAt).toBeNull()
  await restart()
  // Whoever is at it is left alone at first.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(await stateOf(people.anna)).toMatchObject({ isCompleted: false, attempts: 1 })
  ahead += 2 * minute
  await expect.poll(() => stateOf(people.anna), rounds).toMatchObject({ isCompleted: true })
  expect(await findRemains(school, ['notification'], ['Lesson 1 begins'])).toEqual([])
})

test('what was still being written when a service answered is removed a minute after', async () => {
  const { data } = await erase(people.boris)
  expect(data.erasePerson.erasure.completedAt).not.toBeNull()
  const late = 'Boris is back'
  const student_telegram_id = people.boris
  await insert(school.database('groups'), 'group_members', {
    group_id: group,
    student_telegram_id,
    status: 'INVITED',
  })
  await insert(school.database('students'), 'students', {
    telegram_id: people.boris,
    goals: late,
  })
  await write(school, 'auth', [
    `UPDATE users SET last_name = '${late}' WHERE telegram_id = ${people.boris}`,
  ])
  ahead += 2 * minute
  await expect.poll(() => stateOf(people.boris), rounds).toMatchObject({ isVerified: true })
  expect(await findRemains(school, services, [late])).toEqual([])
  const { rows } = await school
    .database('groups')
    .owner.query(`SELECT FROM group_members WHERE student_telegram_id = $1 AND left_at IS NULL`, [
      String(people.boris),
    ])
  expect(rows).toEqual([])
  const { rows: receipts } = await school.database('auth').owner.query(
    `SELECT rows FROM erasure_receipts WHERE service = 'students' AND erasure_id =
       (SELECT id FROM erasures WHERE telegram_id = $1)`,
    [String(people.boris)],
  )
  // The receipt tells of the first answer.
  expect(receipts).toMatchObject([{ rows: { students: 1, student_languages: 1 } }])

  const before = await stateOf(people.boris)
  ahead += 2 * minute
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(await stateOf(people.boris)).toEqual(before)
})

test('a service that fails is asked again and again, and keeps no other erasure waiting', async () => {
  const restart = await school.stop('teachers')
  try {
    await erase(people.outsider)
    await erase(people.sam)
    ahead += 2 * minute
    await expect
      .poll(async () => (await stateOf(people.sam)).attempts, { timeout: 12_000 })
      .toBeGreaterThan(2)
    expect((await stateOf(people.outsider)).attempts).toBeGreaterThan(1)
  } finally {
    await restart()
  }
  await expect
    .poll(() => stateOf(people.outsider), { timeout: 15_000 })
    .toMatchObject({ isCompleted: true })
  await expect
    .poll(() => stateOf(people.sam), { timeout: 15_000 })
    .toMatchObject({ isCompleted: true })
})
