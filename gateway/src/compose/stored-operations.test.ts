import { expect, test } from 'vitest'
import { composed, school } from './fixture.ts'
import { validateOperations } from './stored-operations.ts'

const { api } = composed(school())

function errorsOf(text: string): string[] {
  return validateOperations(api, [{ path: 'clients/operations/group.graphql', text }])
}

test('a valid operation passes', () => {
  expect(errorsOf('query Group($id: ID!) { group(id: $id) { name room { title } } }')).toEqual([])
})

test('an invalid one is named by file, line and message', () => {
  expect(errorsOf('query Group($id: ID!) {\n  group(id: $id) { name fee }\n}')).toEqual([
    'clients/operations/group.graphql:2: Cannot query field "fee" on type "Group".',
  ])
  expect(errorsOf('query Group {\n  group { name }\n}')).toEqual([
    'clients/operations/group.graphql:2: Field "group" argument "id" of type "ID!" is required, but it was not provided.',
  ])
  expect(errorsOf('query Note($id: ID!) { student(telegramId: $id) { internalNote } }')).toEqual([
    expect.stringContaining('Cannot query field "internalNote"'),
  ])
})

test('so is one that cannot be parsed, and an empty file', () => {
  expect(errorsOf('query Group {\n  group {\n}')).toEqual([
    expect.stringMatching(/^clients\/operations\/group\.graphql:3: Syntax Error/),
  ])
  expect(errorsOf('')).toEqual([expect.stringContaining('group.graphql:1: Syntax Error')])
})
