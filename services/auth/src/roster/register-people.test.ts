import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const first = 4_294_967_301n
const idOf = (n: number) => first + BigInt(n)

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth'] })
})
afterAll(() => school.close())

const registering = `mutation ($input: RegisterPeopleInput!) {
  registerPeople(input: $input) { people { telegramId outcome role isActive timezone refusals { reason field } } }
}`

const register = (people: object[], { isDryRun = false, viewer = as.service('groups') } = {}) =>
  school.ask('auth', viewer, registering, { input: { people, isDryRun } })

const outcomes = async (...args: Parameters<typeof register>) => {
  const { data, errors } = await register(...args)
  if (errors) throw new Error(JSON.stringify(errors))
  return data.registerPeople.people.map((one: { outcome: string }) => one.outcome)
}

const rowsOf = async (n: number) => {
  const { rows } = await school
    .database('auth')
    .owner.query(
      'SELECT first_name, last_name, timezone, phone_ciphertext, phone_hash FROM users WHERE telegram_id = $1',
      [idOf(n)],
    )
  return rows
}

test('people are recorded once, changed where told, and left where not', async () => {
  const anna = {
    telegramId: idOf(1),
    firstName: ' Anna ',
    phone: '+7 (900) 000-00-01',
    timezone: 'Europe/Moscow',
  }
  expect(await outcomes([anna], { isDryRun: true })).toEqual(['CREATED'])
  expect(await rowsOf(1)).toEqual([])
  const { data } = await register([anna])
  expect(data?.registerPeople.people).toEqual([
    {
      telegramId: String(idOf(1)),
      outcome: 'CREATED',
      role: 'STUDENT',
      isActive: true,
      timezone: 'Europe/Moscow',
      refusals: [],
    },
  ])
  const [before] = await rowsOf(1)
  // Sealed anew each time, a contact would look changed.
  expect(await outcomes([{ ...anna, phone: '+79000000001' }])).toEqual(['UNCHANGED'])
  expect(await rowsOf(1)).toEqual([before])
  expect(await outcomes([{ telegramId: idOf(1), lastName: 'Doe' }])).toEqual(['UPDATED'])
  expect(await rowsOf(1)).toEqual([{ ...before, last_name: 'Doe' }])
})

test('new contacts of many are stored so that they can be read and found', async () => {
  const contacts = [20, 21].map((n) => ({
    telegramId: idOf(n),
    phone: `+790000001${n}`,
    email: `new${n}@example.org`,
  }))
  await register(contacts.map(({ telegramId }) => ({ telegramId, firstName: 'Moved' })))
  expect(await outcomes(contacts)).toEqual(['UPDATED', 'UPDATED'])
  for (const { telegramId, phone, email } of contacts) {
    const query = 'query ($id: TelegramID!) { user(telegramId: $id) { firstName phone email } }'
    const { data } = await school.ask('auth', as.admin(), query, { id: telegramId })
    expect(data?.user).toEqual({ firstName: 'Moved', phone, email })
  }
  expect(await outcomes(contacts)).toEqual(['UNCHANGED', 'UNCHANGED'])
  const thief = { telegramId: idOf(22), firstName: 'Thief', phone: contacts[0]?.phone }
  expect(await outcomes([thief])).toEqual(['REFUSED'])
})

test('who is refused keeps out nobody else', async () => {
  const nobody = { role: 'STUDENT', is_active: true, erased_at: null }
  await insert(
    school.database('auth'),
    'users',
    { ...nobody, telegram_id: idOf(10), role: 'ADMIN', first_name: 'Vera' },
    {
      ...nobody,
      telegram_id: idOf(11),
      first_name: 'Erased',
      erased_at: '2026-01-01T00:00:00Z',
      is_active: false,
    },
  )
  await register([{ telegramId: idOf(12), firstName: 'Holder', phone: '+79000000012' }])
  const { data } = await register([
    { telegramId: idOf(10), firstName: 'Vera', phone: '+79000000010' },
    { telegramId: idOf(11) },
    { telegramId: idOf(13), firstName: 'Thief', phone: '+79000000012', email: 'none' },
    { telegramId: idOf(14) },
    { telegramId: idOf(15), firstName: 'Good' },
  ])
  expect(
    data?.registerPeople.people.map(
      // biome-ignore lint/suspicious/noExplicitAny: an answer as a client without types sees it
      ({ outcome, refusals }: any) =>
        [
          outcome,
          ...refusals.map((one: { reason: string; field: string }) => `${one.reason} ${one.field}`),
        ].join(', '),
    ),
  ).toEqual([
    'REFUSED, NOT_A_STUDENT telegramId',
    'REFUSED, USER_ERASED telegramId',
    'REFUSED, BAD_VALUE email, PHONE_TAKEN phone',
    'REFUSED, MISSING_VALUE firstName',
    'CREATED',
  ])
  // As they are told already, they are refused nothing.
  expect(await outcomes([{ telegramId: idOf(10), firstName: 'Vera' }])).toEqual(['UNCHANGED'])
})

const refusalsOf = async (...args: Parameters<typeof register>): Promise<string[]> => {
  const { data, errors } = await register(...args)
  if (errors) throw new Error(JSON.stringify(errors))
  return data.registerPeople.people.map(
    // biome-ignore lint/suspicious/noExplicitAny: an answer as a client without types sees it
    ({ outcome, refusals }: any) =>
      [outcome, ...refusals.map((one: { reason: string }) => one.reason)].join(' '),
  )
}

test.each([true, false])(
  'of several who are given one contact the first gets it; a dry run: %s',
  async (isDryRun) => {
    const holder = { telegramId: idOf(200), phone: '+79000000200' }
    await register([{ ...holder, firstName: 'Holder' }])
    const people = [
      // The first that is named, not the one with the lowest id.
      { telegramId: idOf(209), firstName: 'A', phone: '+79000000209', email: 'q1@z.example' },
      { telegramId: idOf(201), firstName: 'B', phone: '+7 (900) 000-02-09' },
      { telegramId: idOf(202), firstName: 'C', email: '\tQ1@z.example ' },
      // Whoever has it keeps it, though another is named before.
      { telegramId: idOf(203), firstName: 'D', phone: holder.phone },
      holder,
    ]
    expect(await refusalsOf(people, { isDryRun })).toEqual([
      'CREATED',
      'REFUSED PHONE_TAKEN',
      'REFUSED EMAIL_TAKEN',
      'REFUSED PHONE_TAKEN',
      'UNCHANGED',
    ])
  },
)

test('names that look alike are one name, and no other text is a name', async () => {
  const name = (lastName: string) => [{ telegramId: idOf(400), firstName: 'Andrei', lastName }]
  expect(await outcomes(name('Йо\u00a0 де'))).toEqual(['CREATED'])
  expect(await outcomes(name(' И\u0306о де'))).toEqual(['UNCHANGED'])
  for (const lastName of ['a\u0007b', 'a\0b', 'a\ud800b', 'a\u202eb', '\u200b']) {
    const people = [...name(lastName), { telegramId: idOf(401), firstName: 'Other' }]
    const [wrong, other] = await refusalsOf(people, { isDryRun: true })
    expect([wrong, other]).toEqual(['REFUSED BAD_VALUE', 'CREATED'])
  }
})

test('of many who record the same people at once all are answered, and each person is there once', async () => {
  const people = Array.from({ length: 50 }, (_, n) => ({
    telegramId: idOf(100 + n),
    firstName: 'Same',
    phone: `+7900000${1000 + n}`,
  }))
  const reversed = people.toReversed()
  const answers = await Promise.all([people, reversed, people].map((one) => outcomes(one)))
  expect(answers.flat().filter((one) => one === 'CREATED')).toHaveLength(50)
  expect(answers.flat().filter((one) => one === 'UNCHANGED')).toHaveLength(100)
})

test.each([
  ['more than 500', Array.from({ length: 501 }, (_, n) => ({ telegramId: n + 1, firstName: 'A' }))],
  ['somebody twice', [{ telegramId: 1 }, { telegramId: 1 }]],
])('%s is refused', async (_, people) => {
  const { errors } = await register(people, { isDryRun: true })
  expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'input.people' })
})

test('for sister services alone', async () => {
  for (const viewer of [as.admin(), as.machine('people:read', 'contacts:read')]) {
    const { errors } = await register([], { viewer })
    expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    const exporting = 'mutation { exportPeople(input: { telegramIds: [] }) { people { phone } } }'
    const answer = await school.ask('auth', viewer, exporting)
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
  }
})
