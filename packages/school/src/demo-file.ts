import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inDataDir } from '@classgram/database/server'
import { demoPeople } from '@classgram/prisma/demo'

export interface DemoUser {
  role: 'ADMIN' | 'TEACHER' | 'STUDENT'
  telegramId: string
  accessToken: string
}

const signIn =
  'mutation SignIn($telegramId: TelegramID!) { devSignIn(telegramId: $telegramId) { accessToken } }'

/** Signs in one demo person of each role, through the gateway like anybody. */
export async function signInDemoUsers(gateway: string): Promise<DemoUser[]> {
  const people = [
    ['ADMIN', demoPeople.admin],
    ['TEACHER', demoPeople.teacher],
    ['STUDENT', demoPeople.student],
  ] as const
  return Promise.all(
    people.map(async ([role, id]) => {
      const telegramId = String(id)
      const response = await fetch(gateway, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: signIn, variables: { telegramId } }),
      })
      const { data } = (await response.json()) as {
        data?: { devSignIn?: { accessToken: string } | null } | null
      }
      if (!data?.devSignIn) throw new Error(`the demo ${role.toLowerCase()} cannot sign in`)
      return { role, telegramId, accessToken: data.devSignIn.accessToken }
    }),
  )
}

/**
 * Writes `<dataDir>/demo.json` for scripts, in one step: they never read half a file.
 *
 * @throws StartupError when it cannot be written
 */
export async function writeDemoFile(
  dataDir: string,
  demo: { gateway: string; users: DemoUser[] },
): Promise<void> {
  const draft = join(dataDir, `demo.json.${process.pid}`)
  await inDataDir(dataDir, async () => {
    try {
      await writeFile(draft, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
      await rename(draft, join(dataDir, 'demo.json'))
    } finally {
      await rm(draft, { force: true })
    }
  })
}
