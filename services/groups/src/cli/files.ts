import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { StartupError } from '@classgram/errors'

/** In place of a file's name: standard input, or output. */
export const standard = '-'

/** @throws StartupError naming the file and what is wrong with it */
export async function readBytes(file: string): Promise<Uint8Array> {
  if (file === standard) return buffer(process.stdin)
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw fileError(file, error)
  })
}

/** Where something is written to, which is there once it is kept. */
export interface Output {
  write: (bytes: Uint8Array) => Promise<unknown>
  /** @throws StartupError when a file of the name has come meanwhile, or cannot be made */
  keep: () => Promise<void>
  drop: () => Promise<void>
}

/**
 * Begins a new file that only its owner may read.
 *
 * @throws StartupError for one that is there already, or cannot be written
 */
export async function createOutput(file: string): Promise<Output> {
  if (file === standard) return openStandardOutput()
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw fileError(file, error)
  })
  if (found) throw takenError(file)
  // Another export to the same file has a draft of its own, and what is new has the mode that is asked for.
  const draft = `${file}.${randomUUID()}.part`
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw fileError(file, error)
  })
  return {
    write: (bytes) => handle.appendFile(bytes),
    async keep() {
      await handle.sync()
      await handle.close()
      await putInPlace(draft, file).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST' ? takenError(file) : fileError(file, error)
      })
    },
    async drop() {
      await handle.close()
      await rm(draft, { force: true })
    },
  }
}

/** Unlike a renamed file, a link replaces none that came in between; but memory sticks know no links. */
async function putInPlace(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    return rename(draft, file)
  }
  await rm(draft)
}

function openStandardOutput(): Output {
  // Each write tells what went wrong with it. An event that nobody listens to would end the process.
  process.stdout.on('error', () => {})
  return {
    write: (bytes) =>
      new Promise<void>((resolve, reject) => {
        process.stdout.write(bytes, (error) =>
          error ? reject(fileError(standard, error)) : resolve(),
        )
      }),
    keep: async () => {},
    drop: async () => {},
  }
}

function takenError(file: string): StartupError {
  return new StartupError(`${file} is there already: remove it, or name another.`)
}

function fileError(file: string, { code, message }: NodeJS.ErrnoException): StartupError {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    EACCES: 'it is not for you to open',
    EROFS: 'nothing can be written there',
  }
  return new StartupError(`${file}: ${reasons[code ?? ''] ?? message}.`)
}
