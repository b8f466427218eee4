import { StartupError } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import { assertExportable } from '../roster/assert-exportable.ts'
import { writeCsv } from '../roster/csv.ts'
import { header, readOut } from '../roster/read-out.ts'
import type { ExportCommand } from './command.ts'
import { beginningOf, encode, isEncodable } from './encoding.ts'
import { createOutput, standard } from './files.ts'

/**
 * Writes a roster, portion by portion. The file is there once it is whole.
 *
 * @returns the exit code
 * @throws StartupError for a file that is there already or cannot be written, and for text that the
 * encoding has no characters for; NOT_FOUND; CONFLICT: `GROUP_CLOSED`; SERVICE_UNAVAILABLE
 */
export async function exportFile(ctx: RequestContext, command: ExportCommand): Promise<number> {
  const { file, encoding, separator, groupIds } = command
  if (groupIds) await assertExportable(ctx, groupIds)
  const output = await createOutput(file)
  let lines = 0
  try {
    await output.write(encode(beginningOf(encoding), encoding))
    await output.write(encode(writeCsv([header], separator), encoding))
    for await (const portion of readOut(ctx, groupIds)) {
      assertEncodable(portion, lines, command)
      await output.write(encode(writeCsv(portion, separator), encoding))
      lines += portion.length
    }
    await output.keep()
  } catch (error) {
    await output.drop()
    throw error
  }
  const say = file === standard ? console.error : console.log
  say(`${file}: ${lines} lines, written as ${encoding}`)
  return 0
}

/** Nothing becomes a `?` in silence. */
function assertEncodable(
  portion: readonly (readonly string[])[],
  linesBefore: number,
  { encoding }: ExportCommand,
): void {
  for (const [index, record] of portion.entries()) {
    const column = record.findIndex((cell) => !isEncodable(cell, encoding))
    if (column < 0) continue
    const [groupId] = record
    const place = `Line ${linesBefore + index + 2} (group ${groupId}), ${header[column]}`
    throw new StartupError(
      `${place}: there are characters that ${encoding} has not. Export it as utf-8.`,
    )
  }
}
