import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Demo {
  gateway: string
  users: { role: string; telegramId: string; accessToken: string }[]
}

/** What `start` writes for scripts. */
export async function readDemo(dataDir: string): Promise<Demo> {
  return JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8'))
}

/** The Profile query as each demo user sends it about themselves, eight weeks around today. */
export async function askProfiles({ gateway, users }: Demo) {
  const query = await readFile(join(root, 'clients/operations/profile.graphql'), 'utf8')
  const fourWeeks = 28 * 24 * 60 * 60 * 1000
  const from = new Date(Date.now() - fourWeeks).toISOString()
  const to = new Date(Date.now() + fourWeeks).toISOString()
  const answers = users.map(async ({ role, telegramId, accessToken }) => {
    const response = await fetch(gateway, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ query, variables: { telegramId, from, to } }),
    })
    const { data, errors } = (await response.json()) as {
      data: {
        user: {
          role: string
          groups: unknown[] | null
          lessons: unknown[] | null
          notifications: { nodes: unknown[] } | null
        }
      }
      errors?: unknown
    }
    const { groups, lessons, notifications } = data.user
    return {
      role,
      errors,
      hasGroups: Boolean(groups?.length),
      hasLessons: Boolean(lessons?.length),
      hasNotifications: Boolean(notifications?.nodes.length),
    }
  })
  return Promise.all(answers)
}
