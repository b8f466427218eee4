import { as, eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { argumentsOf } from './access-matrix/examples.ts'
import { fillSchool, things } from './access-matrix/fixture.ts'
import { type Row, readMatrix } from './access-matrix/rows.ts'
import { type SignInWorld, startSignInWorld } from './access-matrix/sign-ins.ts'

const { people } = eveningEnglish
const matrix = readMatrix()
const services = matrix.map(({ name }) => name)
/** What cancels something comes last: others change it. */
const mutations = matrix
  .flatMap(({ rows }) => rows.filter(({ type }) => type.name === 'Mutation'))
  .sort((one, other) => Number(cancels(one)) - Number(cancels(other)))

/** What is written wherever a mutation takes text, in the first of these forms that is taken. */
const word = 'marginalia'
const formsOf = ({ field }: Row) => [
  `${word} of mine`,
  word,
  `https://example.org/${word}`,
  `${word}-by-${field.name}@example.org`,
]
/** Text that names or proves something there is, and so cannot be any. */
const fixed = [
  'clientId',
  'code',
  'data',
  'idToken',
  'initData',
  'nonce',
  'provider',
  'refreshToken',
  'token',
]

/** Every column that has the text in the end; what the log shows says nothing of a person. */
const reviewed = {
  auth: {
    'consents.document': 'shown',
    'consents.version': 'shown',
    'identities.subject': 'masked',
    'oauth_clients.name': 'shown',
    'users.first_name': 'masked',
    'users.last_name': 'masked',
    'users.username': 'masked',
  },
  teachers: {
    'teachers.bio': 'masked',
    'teachers.headline': 'masked',
    'teachers.video_url': 'masked',
  },
  students: {
    'level_assessments.reason': 'masked',
    'students.goals': 'masked',
    'students.staff_notes': 'masked',
  },
  groups: {
    'group_progress.note': 'masked',
    'group_progress.topic': 'shown',
    'group_progress.unit': 'shown',
    'groups.description': 'shown',
    'groups.name': 'shown',
  },
  calendar: {
    'lesson_attendance.remark': 'masked',
    'lessons.cancel_reason': 'masked',
    'lessons.location': 'masked',
    'lessons.meeting_url': 'masked',
    'lessons.title': 'masked',
    'teacher_unavailable.reason': 'masked',
  },
  notification: {
    'notification_templates.body': 'shown',
    'notification_templates.title': 'shown',
    'notifications.dedup_key': 'shown',
    'notifications.text': 'masked',
    'notifications.title': 'masked',
  },
}

/** Anna's own stays go through other mutations. */
const borisStay = '01930000-0000-7000-8000-b00000000001'

let world: SignInWorld
let school: TestSchool
beforeAll(async () => {
  world = await startSignInWorld()
  school = await startSchool({ services, env: { auth: world.env } })
  await fillSchool(school)
})
afterAll(async () => {
  await school?.close()
  await world?.close()
})

test('of all that people write, the log shows what was reviewed and no more', async () => {
  const given: Record<string, Record<string, unknown>> = {
    ...argumentsOf(await world.signIn(school)),
    'groups Mutation.moveGroupMember': {
      input: { memberId: borisStay, toGroupId: things.openGroup },
    },
    'students Mutation.createStudent': { input: { telegramId: things.newcomer } },
    'students Mutation.updateStudent': {
      input: { telegramId: people.anna, languages: [{ language: 'en', level: 'B2' }] },
    },
  }
  for (const mutation of mutations) {
    const errors = await writeInto(mutation, given[mutation.name]?.input)
    expect(errors, mutation.name).toBeUndefined()
  }
  const columns = await Promise.all(services.map(async (name) => [name, await columnsOf(name)]))
  expect(Object.fromEntries(columns)).toEqual(reviewed)
})

/** Asks for the mutation with text in every place of its input, if there is any. @returns the errors at last */
async function writeInto(row: Row, example: unknown) {
  const [input] = row.field.args
  if (!input) return undefined
  const { scopes } = row.rule
  const viewers: Viewer[] = [as.admin(people.admin), as.student(people.anna), as.machine(...scopes)]
  const query = `mutation ($input: ${input.type}) { ${row.field.name}(input: $input) { __typename } }`
  const forms = formsOf(row)
  const refused = new Map<string, number>()
  for (;;) {
    const places: string[] = []
    const filled = fill(input.type, example, 'input', (place) => {
      places.push(place)
      return forms[refused.get(place) ?? 0]
    })
    const [viewer] = viewers
    if (places.length === 0 || !viewer) return undefined
    const { errors } = await school.ask(row.subgraph, viewer, query, { input: filled })
    const { code, field } = errors?.[0].extensions ?? {}
    if (code === 'FORBIDDEN') viewers.shift()
    else if (places.includes(field)) refused.set(field, (refused.get(field) ?? 0) + 1)
    else return errors
  }
}

/** The input with text in every place that takes it; `textFor` is asked for it by the place. */
function fill(
  type: GraphQLInputType,
  example: unknown,
  place: string,
  textFor: (place: string) => string | undefined,
): unknown {
  const bare = getNullableType(type)
  if (isListType(bare)) {
    if (!Array.isArray(example)) return undefined
    return example.map((item, n) => fill(bare.ofType, item, `${place}.${n}`, textFor))
  }
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).map(({ name, type: ofField }) => {
      const value = (example as Record<string, unknown> | undefined)?.[name]
      return [
        name,
        fixed.includes(name) ? value : fill(ofField, value, `${place}.${name}`, textFor),
      ]
    })
    return Object.fromEntries(fields)
  }
  return getNamedType(bare).name === 'String' ? (textFor(place) ?? example) : example
}

/** Where the text stands now or stood, and whether the audit log shows it. */
async function columnsOf(service: string): Promise<Record<string, string>> {
  const { owner } = school.database(service)
  const select = async (sql: string) =>
    (await owner.query(sql)).rows.map(({ name }) => String(name))
  const tables = await select(
    `SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgfoid = 'audit_row'::regproc`,
  )
  const stored = await Promise.all(
    tables.map((table) =>
      select(`SELECT DISTINCT '${table}.' || key AS name FROM ${table} t, jsonb_each_text(to_jsonb(t))
        WHERE value ILIKE '%${word}%'`),
    ),
  )
  const shown = await select(
    `SELECT DISTINCT table_name || '.' || key AS name FROM audit_log, LATERAL (
       SELECT * FROM jsonb_each_text(before) UNION ALL SELECT * FROM jsonb_each_text(after)
       UNION ALL VALUES ('actor', actor), ('row_id', row_id), ('request_id', request_id)
     ) AS told (key, value) WHERE value ILIKE '%${word}%'`,
  )
  return Object.fromEntries([
    ...stored.flat().map((name) => [name, 'masked']),
    ...shown.map((name) => [name, 'shown']),
  ])
}

function cancels({ field }: Row): boolean {
  return field.name.startsWith('cancel')
}
