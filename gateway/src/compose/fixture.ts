import { parse, Source } from 'graphql'
import { type Composition, composeSupergraph } from './compose-supergraph.ts'
import type { SubgraphSdl } from './subgraph-sdl.ts'

const link = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])
`

const students = `${link}
  type Query {
    student(telegramId: ID!): Student
  }
  "Somebody who learns."
  type Student @key(fields: "telegramId") {
    telegramId: ID!
    "What the student wants to reach."
    goals: String
    internalNote: String @inaccessible
  }
`

const groups = `${link}
  type Query {
    group(id: ID!): Group
    groups(language: String, first: Int! = 20): [Group!]!
  }
  type Mutation {
    openGroup(input: OpenGroupInput!): Group!
  }
  input OpenGroupInput {
    name: String!
    capacity: Int! = 8
    note: String
  }
  enum GroupStatus { DRAFT OPEN RUNNING }
  type Group @key(fields: "id") @key(fields: "school number") {
    id: ID!
    school: ID!
    number: Int!
    name: String!
    status: GroupStatus!
    room: Room
  }
  type Room { title: String! }
  type Student @key(fields: "telegramId") {
    telegramId: ID!
    groups: [Group!]
  }
`

/**
 * Two small subgraphs of a school.
 *
 * @param edits pairs of text to replace and its replacement, in either subgraph
 */
export function school(...edits: [from: string, to: string][]): SubgraphSdl[] {
  const unused = edits.filter(([from]) => !students.includes(from) && !groups.includes(from))
  if (unused.length > 0) throw new Error(`Nothing to replace: ${unused.join('\n')}`)
  return Object.entries({ students, groups }).map(([name, sdl], index) => {
    const edited = edits.reduce((text, [from, to]) => text.replace(from, to), sdl)
    return {
      name,
      url: `http://localhost:${4001 + index}/graphql`,
      typeDefs: parse(new Source(edited, `${name}.graphql`)),
    }
  })
}

/** Composes, and fails the test when that fails. */
export function composed(subgraphs: SubgraphSdl[]): Extract<Composition, { supergraph: string }> {
  const result = composeSupergraph(subgraphs)
  if (result.problems) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result
}
