import { expect, test } from 'vitest'
import { findBreakingChanges } from './breaking-changes.ts'
import { composed, school } from './fixture.ts'

const house: [string, string] = ['type Room', 'type House @key(fields: "id") { id: ID! } type Room']

/** The school before and after the edits. */
function changesOf(...edits: [string, string][]) {
  return findBreakingChanges(composed(school()).supergraph, composed(school(...edits)).supergraph)
}

test('nothing changed, nothing broken', async () => {
  expect(await changesOf()).toEqual({ breaks: [], dangers: [] })
})

const broken: [what: string, line: RegExp, ...edits: [string, string][]][] = [
  [
    'a removed field',
    /^FIELD_REMOVED Group\.name: .*; operations that select it/,
    ['name: String!\n    status', 'status'],
  ],
  [
    'a field hidden from clients',
    /^FIELD_REMOVED Group\.room: /,
    ['room: Room', 'room: Room @inaccessible'],
  ],
  [
    'a removed type',
    /^TYPE_REMOVED Room: /,
    ['room: Room', ''],
    ['type Room { title: String! }', ''],
  ],
  [
    'a removed mutation type',
    /^SCHEMA_MUTATION_TYPE_CHANGED schema: /,
    ['type Mutation {\n    openGroup(input: OpenGroupInput!): Group!\n  }', ''],
  ],
  [
    'a field that may be null now',
    /^FIELD_TYPE_CHANGED Group\.status: .*'GroupStatus!' to 'GroupStatus'; /,
    ['status: GroupStatus!', 'status: GroupStatus'],
  ],
  [
    'a field of another type',
    /^FIELD_TYPE_CHANGED Room\.title: /,
    ['title: String!', 'title: Int!'],
  ],
  [
    'a type of another kind',
    /^TYPE_KIND_CHANGED Room: /,
    ['type Room { title: String! }', 'scalar Room'],
  ],
  ['a removed enum value', /^ENUM_VALUE_REMOVED GroupStatus\.OPEN: /, ['DRAFT OPEN', 'DRAFT']],
  [
    'a removed argument',
    /^FIELD_ARGUMENT_REMOVED Query\.groups\.language: /,
    ['language: String, ', ''],
  ],
  [
    'an argument that must be given now',
    /^FIELD_ARGUMENT_TYPE_CHANGED Query\.groups\.language: /,
    ['language: String', 'language: String!'],
  ],
  [
    'a new required argument',
    /^FIELD_ARGUMENT_ADDED Query\.group\.school: .*; operations that do not send it are refused$/,
    ['group(id: ID!', 'group(id: ID!, school: ID!'],
  ],
  [
    'an argument without its default',
    /^FIELD_ARGUMENT_DEFAULT_CHANGED Query\.groups\.first: .*; operations that leave it out are refused$/,
    ['first: Int! = 20', 'first: Int!'],
  ],
  ['a removed input field', /^INPUT_FIELD_REMOVED OpenGroupInput\.note: /, ['note: String', '']],
  [
    'an input field that must be given now',
    /^INPUT_FIELD_TYPE_CHANGED OpenGroupInput\.note: /,
    ['note: String', 'note: String!'],
  ],
  [
    'a new required input field',
    /^INPUT_FIELD_ADDED OpenGroupInput\.level: /,
    ['note: String', 'note: String level: String!'],
  ],
  [
    'an input field without its default',
    /^INPUT_FIELD_DEFAULT_VALUE_CHANGED OpenGroupInput\.capacity: .*; operations that leave it out are refused$/,
    ['capacity: Int! = 8', 'capacity: Int!'],
  ],
  [
    'a removed key',
    /^ENTITY_KEY_REMOVED Group: @key\(fields: "number school"\) in groups is gone; /,
    [' @key(fields: "school number")', ''],
  ],
  [
    'a changed key',
    /^ENTITY_KEY_REMOVED Group: @key\(fields: "number school"\) in groups is gone; /,
    ['"school number"', '"school number name"'],
  ],
  [
    'a key by which nobody may ask any more',
    /^ENTITY_KEY_REMOVED Group: @key\(fields: "number school"\)/,
    ['@key(fields: "school number")', '@key(fields: "school number", resolvable: false)'],
  ],
]

test.for(broken)('%s breaks', async ([, line, ...edits]) => {
  const { breaks, dangers } = await changesOf(...edits)
  expect(breaks).toContainEqual(expect.stringMatching(line))
  expect(dangers.filter((text) => breaks.includes(text))).toEqual([])
  expect(breaks.every((text) => !text.includes('\n'))).toBe(true)
})

test('a subgraph that leaves an entity takes its key along', async () => {
  const [studentsOnly] = school()
  const { breaks } = await findBreakingChanges(
    composed(school()).supergraph,
    composed(studentsOnly ? [studentsOnly] : []).supergraph,
  )
  expect(breaks).toContainEqual(
    expect.stringContaining('ENTITY_KEY_REMOVED Student: @key(fields: "telegramId") in groups'),
  )
})

test('a removed entity is one break, not one more per key', async () => {
  const changes = await findBreakingChanges(
    composed(school(['room: Room', 'room: Room house: House'], house)).supergraph,
    composed(school()).supergraph,
  )
  expect(changes.breaks).toEqual([
    expect.stringMatching(/^TYPE_REMOVED House: /),
    expect.stringMatching(/^FIELD_REMOVED Group\.house: /),
  ])
})

test('what only adds passes', async () => {
  const changes = await changesOf(
    ['goals: String', 'goals: String @deprecated(reason: "Use plans.") plans: [String!]'],
    ['group(id: ID!): Group', 'group(id: ID!): Group rooms: [Room!]!'],
    ['name: String!\n    capacity', 'level: String name: String!\n    capacity'],
    ['"school number"', '"number school"'],
    ['@key(fields: "id")', '@key(fields: "id") @key(fields: "name")'],
    ['room: Room', 'room: Room!'],
  )
  expect(changes).toEqual({ breaks: [], dangers: [] })
})

test('what a client may not expect is a danger, not a break', async () => {
  const { breaks, dangers } = await changesOf(
    ['DRAFT OPEN', 'DRAFT WAITING OPEN'],
    ['first: Int! = 20', 'first: Int! = 50'],
    ['capacity: Int! = 8', 'capacity: Int! = 8 level: String! = "A1"'],
  )
  expect(breaks).toEqual([])
  expect(dangers).toEqual([
    expect.stringMatching(/^ENUM_VALUE_ADDED GroupStatus\.WAITING/),
    expect.stringMatching(/^INPUT_FIELD_ADDED OpenGroupInput\.level/),
    expect.stringMatching(/^FIELD_ARGUMENT_DEFAULT_CHANGED Query\.groups\.first/),
  ])
})
