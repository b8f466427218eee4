import { buildSchema, execute, GraphQLError, parse, validate } from 'graphql'
import { describe, expect, test, vi } from 'vitest'
import { badUserInput, conflict } from './errors.ts'
import { formatError } from './format-error.ts'

const schema = buildSchema(`
  enum Role { ADMIN STUDENT }
  input Filter { role: Role }
  type Query { people(first: Int, filter: Filter): [String] }
`)

const quiet = { requestId: 'request-1', onInternal: () => {} }

function formatted(error: GraphQLError, code?: string) {
  const json = error.toJSON()
  return formatError(
    { ...json, extensions: { ...json.extensions, ...(code && { code }) } },
    error,
    quiet,
  )
}

test('a coded error keeps its code and what a client may know, and nothing else', () => {
  const error = conflict('GROUP_FULL', 'No seat is free.', { capacity: 8 })
  error.extensions.stacktrace = ['at secret.ts:1']
  error.extensions.serviceName = 'groups'
  expect(formatted(error)).toEqual({
    message: 'No seat is free.',
    extensions: { code: 'CONFLICT', reason: 'GROUP_FULL', conflictsWith: { capacity: 8 } },
  })
})

test('an unknown error is masked for the client and whole for the log', () => {
  const cause = new GraphQLError('password of groups is hunter2')
  const onInternal = vi.fn()
  const answer = formatError(cause.toJSON(), cause, { requestId: 'request-1', onInternal })
  expect(answer).toEqual({
    message: 'Something went wrong on our side.',
    extensions: { code: 'INTERNAL', requestId: 'request-1' },
  })
  expect(onInternal).toHaveBeenCalledWith(cause)
})

test('an error that calls itself internal is masked too', () => {
  const error = new GraphQLError('SELECT * FROM users', { extensions: { code: 'INTERNAL' } })
  expect(formatted(error).message).not.toContain('SELECT')
})

describe('malformed operations become BAD_USER_INPUT with the field', () => {
  test.each([
    ['{ people(filter: { role: KING }) }', 'role'],
    ['{ people(first: "many") }', 'first'],
    ['{ people(last: 3) }', 'last'],
    ['{ everybody }', 'everybody'],
  ])('%s names %s', (query, field) => {
    const [error] = validate(schema, parse(query))
    expect(formatted(error as GraphQLError, 'GRAPHQL_VALIDATION_FAILED').extensions).toEqual({
      code: 'BAD_USER_INPUT',
      field,
    })
  })

  test.each([
    [{ filter: { role: 'KING' } }, 'filter.role'],
    [{ filter: 5 }, 'filter'],
  ])('variables %o name %s', async (variableValues, field) => {
    const document = parse('query ($filter: Filter) { people(filter: $filter) }')
    const { errors } = await execute({ schema, document, variableValues })
    expect(formatted(errors?.[0] as GraphQLError, 'BAD_USER_INPUT').extensions).toEqual({
      code: 'BAD_USER_INPUT',
      field,
    })
  })

  test('a field that the code names is kept', () => {
    expect(formatted(badUserInput('input.capacity', 'too small')).extensions?.field).toBe(
      'input.capacity',
    )
  })
})
