import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findGatewayPort } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { askProfiles, readDemo } from './demo-school.ts'
import { runCommand } from './processes.ts'

const start = ['npx', '-y', 'pnpm@12', 'start']

let clone: string
beforeAll(async () => {
  // Beside the packages that pnpm keeps, so that it can link them.
  clone = await mkdtemp(join(inject('onDisk'), 'classgram-clone-'))
  const root = join(import.meta.dirname, '../..')
  expect(await runCommand(['git', 'clone', '--quiet', root, clone]).exited).toBe(0)
})
afterAll(() => rm(clone, { recursive: true, force: true }))

test('a fresh clone becomes a running school by one command, and starts again with its data', async () => {
  const env = { GATEWAY_PORT: String(await findGatewayPort()) }
  const first = runCommand(start, { cwd: clone, env })
  try {
    await first.printed('Classgram is running')
    const demo = await readDemo(join(clone, '.data'))
    expect(demo.users.map((user) => user.role)).toEqual(['ADMIN', 'TEACHER', 'STUDENT'])
    expect(await askProfiles(demo)).toEqual([
      { role: 'ADMIN', hasGroups: false, hasLessons: false, hasNotifications: expect.any(Boolean) },
      { role: 'TEACHER', hasGroups: true, hasLessons: true, hasNotifications: expect.any(Boolean) },
      { role: 'STUDENT', hasGroups: true, hasLessons: true, hasNotifications: true },
    ])
    for (const { accessToken } of demo.users) {
      await expect.poll(first.output).toContain(accessToken)
    }
  } finally {
    await first.end('SIGINT')
  }

  const second = runCommand(start, { cwd: clone, env })
  try {
    await second.printed('Classgram is running')
    const profiles = await askProfiles(await readDemo(join(clone, '.data')))
    expect(profiles[2]).toMatchObject({ role: 'STUDENT', hasLessons: true })
  } finally {
    await second.end('SIGINT')
  }
}, 240_000)
