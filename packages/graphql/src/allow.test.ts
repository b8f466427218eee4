import type { Viewer } from '@classgram/viewer'
import { graphql, parse } from 'graphql'
import { expect, test } from 'vitest'
import { createSubgraphSchema } from './subgraph-schema.ts'
import { loadTypeDefs } from './type-defs.ts'

/** What every subgraph has, without any SDL of its own. */
const common = loadTypeDefs('no-such-folder')

const diary = `
  type Query {
    diary: Diary @allow(to: [SIGNED_IN, SERVICE], scopes: ["diary:read"])
    open: String @allow(to: [ANYONE])
  }
  type Diary @key(fields: "id") @allow(to: [SIGNED_IN], scopes: ["diary:read"]) {
    id: ID!
    secret: String @allow(to: [SELF, ADMIN], scopes: ["secrets:read", "all:read"])
  }
`
const resolvers = {
  Query: { diary: () => ({ id: 1, secret: 'love', owner: 5n }), open: () => 'hi' },
}
const relations = {
  Diary: {
    SELF: (row: { owner: bigint }, { viewer }: { viewer: Viewer }) =>
      viewer.kind === 'person' && viewer.telegramId === row.owner,
  },
}

const build = (sdl: string, judges = relations) =>
  createSubgraphSchema(
    { ...common, definitions: [...common.definitions, ...parse(sdl).definitions] },
    resolvers,
    judges,
  )

const program = (...scopes: string[]): Viewer => ({ kind: 'machine', clientId: 'crm', scopes })
const person = (telegramId: bigint, role: 'STUDENT' | 'ADMIN' = 'STUDENT'): Viewer => ({
  kind: 'person',
  telegramId,
  role,
})

test.each<[string, Viewer, unknown, (string | undefined)[]]>([
  ['the owner', person(5n), { id: '1', secret: 'love' }, []],
  ['an administrator', person(7n, 'ADMIN'), { id: '1', secret: 'love' }, []],
  ['somebody else', person(6n), { id: '1', secret: null }, ['FORBIDDEN']],
  ['nobody', { kind: 'anonymous' }, null, ['UNAUTHENTICATED']],
  [
    'a program with both scopes',
    program('diary:read', 'all:read'),
    { id: '1', secret: 'love' },
    [],
  ],
  ['a program with one', program('diary:read'), { id: '1', secret: null }, ['FORBIDDEN']],
  ['a program without', program('secrets:read'), null, ['FORBIDDEN']],
  ['a service', { kind: 'service', name: 'x' }, null, ['FORBIDDEN']],
])('%s gets what the rules allow', async (_, viewer, expected, codes) => {
  const source = '{ diary { id secret } open }'
  const { data, errors = [] } = await graphql({
    schema: build(diary),
    source,
    contextValue: { viewer },
  })
  expect(data?.diary).toEqual(expected)
  expect(data?.open).toBe('hi')
  expect(errors.map((error) => error.extensions.code)).toEqual(codes)
})

test('a root field without a rule keeps the subgraph from starting', () => {
  expect(() => build(diary.replace('@allow(to: [ANYONE])', ''))).toThrow(
    'Query.open has no @allow rule',
  )
})

test('so does a field of an entity', () => {
  const bare = diary.replace(/(?<=@key\(fields: "id"\)) @allow\(.*?\)/, '')
  expect(() => build(bare)).toThrow('Diary.id has no @allow rule')
})

test('so does a relation that nobody judges', () => {
  expect(() => build(diary, {} as typeof relations)).toThrow('Diary.secret allows SELF')
})
