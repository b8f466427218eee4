import { parseArgs } from 'node:util'
import { StartupError } from '@classgram/errors'
import { z } from 'zod'
import type { Separator } from '../roster/csv.ts'
import { type Encoding, encodings } from './encoding.ts'

const usage = `Usage:
  school import <file.csv> [--dry-run] [--yes] [--verbose] [--encoding <encoding>]
      tells what each line would do, then does it; when a line is refused, only with --yes, and without
      the groups that are not whole
  school export <file.csv> [--group <id>]… [--separator ";"|","] [--encoding <encoding>]
      all groups that are not over, or those named, with their members and their contacts

  Encodings: utf-8, windows-1251. The file - is standard input, or output.`

export interface ImportCommand {
  verb: 'import'
  file: string
  isDryRun: boolean
  /** Import what is whole though other lines are refused. */
  goesOn: boolean
  isVerbose: boolean
  encoding: Encoding | undefined
}

export interface ExportCommand {
  verb: 'export'
  file: string
  groupIds: string[] | undefined
  separator: Separator
  encoding: Encoding
}

/** @throws StartupError with the usage, for a command line that is none */
export function parseCommand(args: string[]): ImportCommand | ExportCommand {
  const { positionals, values } = parse(args)
  const [verb, file, ...more] = positionals
  const encoding = oneOf(encodings, values.encoding, 'encoding')
  if (!file || more.length > 0) throw new StartupError(usage)
  if (verb === 'import' && !values.group && !values.separator) {
    return {
      verb,
      file,
      encoding,
      isDryRun: values['dry-run'] ?? false,
      goesOn: values.yes ?? false,
      isVerbose: values.verbose ?? false,
    }
  }
  if (verb === 'export' && !values['dry-run'] && !values.yes && !values.verbose) {
    for (const id of values.group ?? []) {
      if (!z.uuid().safeParse(id).success) throw new StartupError(`"${id}" is no group's id.`)
    }
    return {
      verb,
      file,
      groupIds: values.group,
      separator: oneOf([';', ','] as const, values.separator, 'separator') ?? ';',
      encoding: encoding ?? 'utf-8',
    }
  }
  throw new StartupError(usage)
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean' },
        yes: { type: 'boolean' },
        verbose: { type: 'boolean' },
        encoding: { type: 'string' },
        separator: { type: 'string' },
        group: { type: 'string', multiple: true },
      },
    })
  } catch {
    throw new StartupError(usage)
  }
}

function oneOf<Name extends string>(
  names: readonly Name[],
  given: string | undefined,
  option: string,
): Name | undefined {
  if (given === undefined) return undefined
  const found = names.find((name) => name === given.toLowerCase())
  if (!found) throw new StartupError(`--${option} is one of ${names.join(' ')}`)
  return found
}
