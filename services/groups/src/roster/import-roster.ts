import { badUserInput } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { ImportRosterInput } from '../generated/graphql.ts'
import { checkRoster } from './check-roster.ts'
import { keyOf } from './match-groups.ts'
import { readRoster } from './read-roster.ts'
import { countOutcomes, type ReportLine, reportRoster } from './report.ts'
import { portionSize, writeRoster } from './write-roster.ts'

/**
 * As many as are imported well within the time that a client waits: each group takes its own transaction, and
 * one portion asks about people before it touches any.
 */
export const mostLines = 1_000
export const mostGroups = portionSize

/**
 * Brings groups, their members and the people in them to what a roster says, or tells what would come of
 * it. Groups go in as a whole or not at all, each by itself.
 *
 * @throws BAD_USER_INPUT for a file that is too long for one request; SERVICE_UNAVAILABLE when auth,
 * students or teachers does not answer, before any group is touched
 */
export async function importRoster(ctx: RequestContext, { text, isDryRun }: ImportRosterInput) {
  if (!text.isWellFormed()) {
    throw badUserInput('input.text', 'input.text: must be text without lone surrogates')
  }
  const roster = readRoster(text)
  const groups = new Set(roster.lines.flatMap((line) => keyOf(line) ?? []))
  if (roster.lines.length > mostLines || groups.size > mostGroups) {
    throw badUserInput(
      'input.text',
      `At most ${mostLines} lines and ${mostGroups} groups at a time: "pnpm school import" takes a file of any length.`,
    )
  }
  const checked = await checkRoster(ctx, roster)
  const result = isDryRun ? checked : await writeRoster(ctx, checked)
  const lines: ReportLine[] = reportRoster(result)
  return { isDryRun, lines, ...countOutcomes(lines) }
}
