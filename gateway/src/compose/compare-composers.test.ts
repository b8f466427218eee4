import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { compareApis, compareComposers } from './compare-composers.ts'
import { composed, school } from './fixture.ts'

test('both composers make the same API out of the school', async () => {
  expect(await compareComposers(school(), composed(school()).api)).toEqual([])
})

test('a field that only one of the two composers makes is reported', async () => {
  const withFees = composed(school(['goals: String', 'goals: String fee: Int'])).api
  expect(await compareComposers(school(), withFees)).toEqual([
    "From Apollo's API schema to The Guild's: Field 'fee' was removed from object type 'Student'",
  ])
})

test('a refusal of the second composer is reported', async () => {
  const { api } = composed(school())
  const [refusal] = await compareComposers(
    school(['goals: String', 'goals: String groups: Int']),
    api,
  )
  expect(refusal).toMatch(/^The Guild's composer refuses: [A-Z_]+: /)
})

test('order is no disagreement, nullability and directives are', async () => {
  const apollo = buildSchema('type Query { a: Int! b: Int } enum E { A B }')
  expect(
    await compareApis(apollo, buildSchema('enum E { B A } type Query { b: Int a: Int! }')),
  ).toEqual([])
  expect(
    await compareApis(apollo, buildSchema('type Query { a: Int b: Int } enum E { A B }')),
  ).toEqual([
    "From Apollo's API schema to The Guild's: Field 'Query.a' changed type from 'Int!' to 'Int'",
  ])
  expect(
    await compareApis(
      apollo,
      buildSchema('type Query { a: Int! b: Int @deprecated } enum E { A B }'),
    ),
  ).not.toEqual([])
})

test('both hide the same: types, union members, enum values, fields', async () => {
  const subgraphs = school(
    ['enum GroupStatus { DRAFT', 'enum GroupStatus { SECRET @inaccessible DRAFT'],
    ['room: Room', 'place: Place room: Room @inaccessible'],
    ['type Room', 'union Place = Room | Vault type Vault @inaccessible { code: Int } type Room'],
  )
  expect(await compareComposers(subgraphs, composed(subgraphs).api)).toEqual([])
})
