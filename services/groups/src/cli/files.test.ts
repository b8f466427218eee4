import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOutput } from './files.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'classgram-files-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('two exports to one file at once do not get into each other', async () => {
  const file = join(folder, 'out.csv')
  const [one, other] = [await createOutput(file), await createOutput(file)]
  for (const letter of 'abc') {
    await one.write(Buffer.from(letter))
    await other.write(Buffer.from(letter.toUpperCase()))
  }
  await one.keep()
  await expect(other.keep()).rejects.toThrow('out.csv is there already')
  await other.drop()
  expect(await readFile(file, 'utf8')).toBe('abc')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['out.csv'])
})
