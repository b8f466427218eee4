import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findGatewayPort } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askProfiles, readDemo } from './demo-school.ts'
import { type Run, runCommand, runSchool } from './processes.ts'

const root = join(import.meta.dirname, '../..')
const node = join(root, 'node_modules/node/bin/node')

let dataDir: string
const running: Run[] = []
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-apart-'))
})
afterAll(async () => {
  for (const run of running.reverse()) await run.end('SIGTERM')
  await rm(dataDir, { recursive: true, force: true })
})

test('a school without calendar, and calendar in a process of its own, are one school', async () => {
  const port = await findGatewayPort()
  const school = runSchool(dataDir, port, ['--without', 'calendar'])
  running.push(school)
  await school.printed('Classgram is running')
  const demo = await readDemo(dataDir)
  const [, , without] = await askProfiles(demo)
  expect(without).toMatchObject({ hasGroups: true, hasLessons: false })

  const envFile = join(dataDir, 'env/calendar.env')
  const calendar = runCommand([node, `--env-file=${envFile}`, 'src/main.ts'], {
    cwd: join(root, 'services/calendar'),
  })
  running.push(calendar)
  await expect
    .poll(
      () => fetch(`http://127.0.0.1:${port + 5}/readyz`).then((answer) => answer.status, String),
      {
        timeout: 20_000,
      },
    )
    .toBe(200)
  const [, , whole] = await askProfiles(demo)
  expect(whole).toMatchObject({ hasGroups: true, hasLessons: true, errors: undefined })
  expect(await calendar.end('SIGTERM')).toBe(0)
}, 60_000)
