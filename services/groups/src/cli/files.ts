import { open, readFile, rename, rm, stat } from 'node:fs/promises'
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
  keep: () => Promise<void>
  drop: () => Promise<void>
}

/**
 * Begins a new file that only its owner may read.
 *
 * @throws StartupError for one that is there already, or cannot be written
 */
export async function createOutput(file: string): Promise<Output> {
  if (file === standard) return standardOutput
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw fileError(file, error)
  })
  if (found) throw new StartupError(`${file} is there already: remove it, or name another.`)
  const draft = `${file}.part`
  const handle = await open(draft, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw fileError(draft, error)
  })
  return {
    write: (bytes) => handle.write(bytes),
    async keep() {
      await handle.sync()
      await handle.close()
      await rename(draft, file)
    },
    async drop() {
      await handle.close()
      await rm(draft, { force: true })
    },
  }
}

const standardOutput: Output = {
  write: (bytes) => new Promise((done) => process.stdout.write(bytes, done)),
  keep: async () => {},
  drop: async () => {},
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
