import { as, type TestSchool } from '@classgram/test/kit'
import { launchData } from '../telegram/test-telegram.ts'

export const tokens = 'accessToken expiresIn refreshToken session { id method userAgent }'
export const sessions = `query ($id: TelegramID!) { user(telegramId: $id) { sessions { id method userAgent createdAt lastUsedAt expiresAt } } }`

/** What a client does with sessions. */
export function createClient(school: TestSchool, now: () => Date = () => new Date()) {
  return {
    async signIn(telegramId: bigint) {
      const initData = launchData({ id: Number(telegramId), first_name: 'X' }, { at: now() })
      const query = `mutation ($input: SignInWithTelegramInput!) { signInWithTelegram(input: $input) { ${tokens} } }`
      const answer = await school.ask('auth', as.anonymous, query, { input: { initData } })
      return answer.data?.signInWithTelegram
    },
    async refresh(refreshToken: string) {
      const query = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ${tokens} } }`
      const answer = await school.ask('auth', as.anonymous, query, { input: { refreshToken } })
      return { ...answer.data?.refreshSession, code: answer.errors?.[0].extensions.code }
    },
    async liveIds(telegramId: bigint): Promise<string[]> {
      const { data } = await school.ask('auth', as.admin(), sessions, { id: telegramId })
      return data?.user.sessions.map((session: { id: string }) => session.id)
    },
  }
}
