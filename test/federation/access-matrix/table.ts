import { type Column, columns } from './columns.ts'
import { type Cell, textOf } from './expect.ts'
import type { Row } from './rows.ts'

export interface TableRow {
  row: Row
  cells: ReadonlyMap<Column, Cell>
}

const preface = `# Who may what

Made by \`access-matrix.test.ts\`, which asks for every field in every one of these names; do not edit.
After a change that is meant, run \`vitest run test/federation/access-matrix.test.ts -u\` and read the
difference.

Each table is about one thing: of students Anna's, of teachers Tanya's. \`student\` is Anna herself,
\`own teacher\` is Tanya; the classmate sits in Tanya's group with Anna; the other student and the other
teacher have nothing to do with either. \`program with\` has the scopes of the rule, \`program without\` all
other scopes.

- \`yes\`: let in. \`no\`: \`FORBIDDEN\`. \`sign in\`: \`UNAUTHENTICATED\`.
- \`not theirs\`: the rule lets them in, but this thing is not theirs (\`FORBIDDEN\`).
- \`not there\`: to them there is no such thing (null).
- \`↑\`: refused on the way, before the field was reached.
`

/** The whole matrix for people to read, a chapter for each subgraph and a table for each type. */
export function toMarkdown(rows: TableRow[]): string {
  const chapters = Map.groupBy(rows, ({ row }) => row.subgraph)
  return [
    preface,
    ...[...chapters].flatMap(([subgraph, ofSubgraph]) => [
      `## ${subgraph}\n`,
      ...[...Map.groupBy(ofSubgraph, ({ row }) => row.type.name)]
        .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
        .map(([type, ofType]) => `### ${type}\n\n${tableOf(ofType)}\n`),
    ]),
  ].join('\n')
}

/** What one can begin with comes first. */
function place(type: string): number {
  return ['Query', 'Mutation'].includes(type) ? 0 : 1
}

function tableOf(rows: TableRow[]): string {
  const lines = rows
    .map(({ row, cells }) => [
      row.field.name,
      textOf(row.rule),
      ...columns.map((column) => cells.get(column) ?? ''),
    ])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  const table = [['field', 'rule', ...columns], ...lines]
  const widths = (table[0] ?? []).map((_, index) => widthOf(table, index))
  const [head = '', ...body] = table.map(
    (cells) => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`,
  )
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n')
}

const widthOf = (table: string[][], index: number) =>
  Math.max(...table.map((cells) => cells[index]?.length ?? 0))
