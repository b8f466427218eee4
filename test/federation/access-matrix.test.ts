import { loadTypeDefs } from '@classgram/graphql'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { startSchool, type TestSchool } from '@classgram/test/kit'
import { type DocumentNode, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { argumentsOf, paths } from './access-matrix/examples.ts'
import { cellOf } from './access-matrix/expect.ts'
import { fillIn } from './access-matrix/fill-in.ts'
import { fillSchool } from './access-matrix/fixture.ts'
import { readMatrix, readSubgraph } from './access-matrix/rows.ts'
import { type SignIns, type SignInWorld, startSignInWorld } from './access-matrix/sign-ins.ts'
import { fingerprint, holdStill } from './access-matrix/still-world.ts'
import { toMarkdown } from './access-matrix/table.ts'
import { wayTo } from './access-matrix/ways.ts'

describe('who may what', () => {
  const matrix = readMatrix()
  const services = matrix.map(({ name }) => name)
  let world: SignInWorld
  let school: TestSchool
  let signIns: SignIns
  beforeAll(async () => {
    world = await startSignInWorld()
    school = await startSchool({ services, env: { auth: world.env } })
    await fillSchool(school)
    signIns = await world.signIn(school)
    await Promise.all(services.map((name) => holdStill(school.database(name))))
  })
  afterAll(async () => {
    await school?.close()
    await world?.close()
  })

  test('is what the rules say, and what was reviewed', async () => {
    const fingerprints = () =>
      Promise.all(services.map((name) => fingerprint(school.database(name))))
    const before = await fingerprints()
    const filled = await Promise.all(
      matrix.map((subgraph) => fillIn(school, matrix, subgraph, argumentsOf(signIns))),
    )
    expect(filled.flatMap(({ problems }) => problems)).toEqual([])
    expect(await fingerprints(), 'the world changed meanwhile').toEqual(before)
    const rows = filled.flatMap((subgraph) => subgraph.rows)
    await expect(toMarkdown(rows)).toMatchFileSnapshot('access-matrix.md')
  })

  test('has an example for no field that is gone', () => {
    const rows = matrix.flatMap((subgraph) => subgraph.rows)
    const known = rows.flatMap(({ name, subgraph, type }) => [
      name,
      type.name,
      `${subgraph} ${type.name}`,
    ])
    const examples = [...Object.keys(argumentsOf(signIns)), ...Object.keys(paths)]
    expect(examples.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('a new field is noticed', () => {
  const [{ directory, name: subgraph } = { directory: '', name: '' }] = readSubgraphs()
  const withSdl = (typeDefs: DocumentNode, sdl: string): DocumentNode => ({
    ...typeDefs,
    definitions: [...typeDefs.definitions, ...parse(sdl).definitions],
  })
  const read = (sdl: string) => readSubgraph(subgraph, withSdl(loadTypeDefs(directory), sdl))

  test.each(readSubgraphs())('without a rule, in $name', ({ name, directory }) => {
    const typeDefs = loadTypeDefs(directory)
    const reading = (sdl: string) => () => readSubgraph(name, withSdl(typeDefs, sdl))
    expect(reading('extend type Query { leak: Int }')).toThrow('Query.leak has no @allow rule')
    expect(reading('extend type Mutation { leak: Int }')).toThrow('Mutation.leak has no @allow')
    expect(reading('type Leak @key(fields: "id") { id: ID! }')).toThrow('Leak.id has no @allow')
  })

  test('when nothing tells what to call it with', () => {
    const added = read('extend type Query { leak(of: ID!): Int @allow(to: [ANYONE]) }')
    const row = added.rows.find(({ field }) => field.name === 'leak')
    expect(() => row && wayTo(row, added, {})).toThrow(
      'say in test/federation/access-matrix/examples.ts (argumentsOf) how to call auth Query.leak: of is missing',
    )
  })

  test('when nothing leads to it', () => {
    const added = read('type Drawer { leak: Int @allow(to: [SIGNED_IN]) }')
    const row = added.rows.find(({ field }) => field.name === 'leak')
    expect(() => row && wayTo(row, added, {})).toThrow('how to get to auth Drawer.leak')
  })

  test('when it is open to others than its rule says', () => {
    const added = read('extend type User { leak: Int @allow(to: [SELF, ADMIN]) }')
    const row = added.rows.find(({ field }) => field.name === 'leak')
    const way = row && wayTo(row, added, {})
    const letIn = { is: 'yes', isAbove: false, isDone: true } as const
    expect(way && cellOf('student', way, letIn)).toBe('yes')
    expect(() => way && cellOf('classmate', way, letIn)).toThrow(
      'auth User.leak: yes for classmate, but by SELF, ADMIN it is no',
    )
  })
})
