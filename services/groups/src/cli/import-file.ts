import type { RequestContext } from '../context.ts'
import { type CheckedRoster, checkRoster } from '../roster/check-roster.ts'
import { readRoster } from '../roster/read-roster.ts'
import { countOutcomes, type ReportLine, reportRoster } from '../roster/report.ts'
import { writeRoster } from '../roster/write-roster.ts'
import type { ImportCommand } from './command.ts'
import { decode } from './encoding.ts'
import { readBytes } from './files.ts'
import { say } from './printable.ts'
import { createProgress } from './progress.ts'

/**
 * Tells what each line of a file would do, then does it. When a line is refused nothing is changed, unless
 * the command says to go on with the groups that are whole.
 *
 * @returns the exit code: 1 when a line was refused
 * @throws StartupError; SERVICE_UNAVAILABLE
 */
export async function importFile(ctx: RequestContext, command: ImportCommand): Promise<number> {
  const { text, encoding } = decode(await readBytes(command.file), command.encoding)
  const checked = await checkRoster(ctx, readRoster(text))
  const tried = reportRoster(checked)
  say(`${command.file}: ${checked.lines.length} lines, read as ${encoding}`)
  tell(tried, command)
  say(`A dry run: ${summaryOf(tried)}.`)
  const isRefused = tried.some(({ outcome }) => outcome === 'REFUSED')
  if (command.isDryRun) return isRefused ? 1 : 0
  if (isRefused && !command.goesOn) {
    say('Nothing was changed. With --yes the groups that are whole go in.')
    return 1
  }
  const written = reportRoster(await write(ctx, checked))
  const known = new Set(tried.filter(isKeptOut).map(({ line }) => line))
  const late = written.filter((entry) => isKeptOut(entry) && !known.has(entry.line))
  tell(late, command)
  say(`Imported: ${summaryOf(written)}.`)
  return isRefused || late.length > 0 ? 1 : 0
}

async function write(ctx: RequestContext, checked: CheckedRoster): Promise<CheckedRoster> {
  const progress = createProgress(
    'Importing people and groups',
    'Broken off: what is in is in, and repeating the command does the rest.',
  )
  let isDone = false
  try {
    const written = await writeRoster(ctx, checked, progress.show)
    isDone = true
    return written
  } finally {
    progress.stop(isDone)
  }
}

function tell(report: readonly ReportLine[], { isVerbose }: ImportCommand): void {
  for (const { line, outcome, refusals, skippedForLine } of report) {
    for (const { reason, message } of refusals) say(`line ${line}: ${reason}: ${message}`)
    if (skippedForLine !== null) {
      say(
        `line ${line}: SKIPPED: line ${skippedForLine}, which is or may be of its group, was refused.`,
      )
    } else if (isVerbose && outcome !== 'REFUSED') say(`line ${line}: ${outcome}`)
  }
}

function isKeptOut({ outcome }: ReportLine): boolean {
  return outcome === 'REFUSED' || outcome === 'SKIPPED'
}

function summaryOf(report: readonly ReportLine[]): string {
  return Object.entries(countOutcomes(report))
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
}
