import { type Answer, as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import type { TestProvider } from './test-provider.ts'
import { us } from './test-provider.ts'

const fields = 'identity { id provider subject createdAt lastUsedAt }'

interface Shown {
  idToken: string
  nonce: string
}

/** Settings of a school that knows these providers. */
export function knows(providers: Record<string, Pick<TestProvider, 'issuer'>>) {
  const list = Object.entries(providers).map(([name, { issuer }]) => ({
    name,
    issuer,
    audience: us,
  }))
  return { OIDC_PROVIDERS: JSON.stringify(list) }
}

/** What a client does with accounts elsewhere. */
export function createClient(school: TestSchool) {
  const ask = (viewer: Viewer, mutation: string, type: string, selection: string, input: object) =>
    school.ask(
      'auth',
      viewer,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} } }`,
      { input },
    )
  return {
    signIn: ({ idToken, nonce }: Shown, provider = 'local') =>
      ask(
        as.anonymous,
        'signInWithOpenIdConnect',
        'SignInWithOpenIdConnectInput',
        'accessToken refreshToken session { id method }',
        { provider, idToken, nonce },
      ),
    link: (viewer: Viewer, { idToken, nonce }: Shown, provider = 'local') =>
      ask(viewer, 'linkIdentity', 'LinkIdentityInput', fields, { provider, idToken, nonce }),
    add: (viewer: Viewer, telegramId: bigint, subject: string, provider = 'local') =>
      ask(viewer, 'addIdentity', 'AddIdentityInput', fields, { telegramId, provider, subject }),
    unlink: (viewer: Viewer, identityId: string) =>
      ask(viewer, 'unlinkIdentity', 'UnlinkIdentityInput', `${fields} endedSessions`, {
        identityId,
      }),
    identities: (viewer: Viewer, id: bigint) =>
      school.ask(
        'auth',
        viewer,
        'query ($id: TelegramID!) { user(telegramId: $id) { identities { id provider subject createdAt lastUsedAt } } }',
        { id },
      ),
  }
}

/** The code of a refusal, and the reason of a conflict. */
export function codeOf({ errors }: Answer): string | undefined {
  const { code, reason } = errors?.[0].extensions ?? {}
  return reason ?? code
}

/** Runs SQL behind the API's back. */
export async function arrange(school: TestSchool, sql: string) {
  await school
    .database('auth')
    .owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true); ${sql}; COMMIT`)
}

/** What the table holds, the first linked first. */
export async function identityRows(school: TestSchool) {
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT * FROM identities ORDER BY created_at, id')
  return rows
}
