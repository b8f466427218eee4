import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { as, eveningEnglish, type TestSchool } from '@classgram/test/kit'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { things } from './fixture.ts'

const { people } = eveningEnglish
const botToken = '7000000001:the-bot-of-this-matrix'
const audience = 'school'

/** Everything that Anna could sign in with now, each of it valid, and a session of hers. */
export interface SignIns {
  launchData: string
  widgetData: string
  loginCode: string
  refreshToken: string
  sessionId: string
  /** ID tokens: of the account that is linked to Anna, and of one that is linked to nobody. */
  linked: IdToken
  unlinked: IdToken
}

interface IdToken {
  provider: 'lab'
  idToken: string
  nonce: string
}

export interface SignInWorld {
  /** What auth is told of it. */
  env: Record<string, string>
  /** Lets Anna sign in, and gets what she could sign in with again. */
  signIn: (school: TestSchool) => Promise<SignIns>
  close: () => Promise<void>
}

/** Telegram, and an OpenID Connect provider on a free port. */
export async function startSignInWorld(): Promise<SignInWorld> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'lab', alg: 'EdDSA', use: 'sig' }]
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    const metadata = { issuer, jwks_uri: `${issuer}/keys` }
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : metadata))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const vouch = async (subject: string): Promise<IdToken> => {
    const nonce = `nonce of ${subject}`
    const idToken = await new SignJWT({ nonce })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'lab' })
      .setSubject(subject)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5 minutes')
      .sign(privateKey)
    return { provider: 'lab', idToken, nonce }
  }
  return {
    env: {
      TELEGRAM_BOT_TOKEN: botToken,
      OIDC_PROVIDERS: JSON.stringify([{ name: 'lab', issuer, audience }]),
    },
    signIn: async (school) => ({
      ...(await signInAsAnna(school)),
      linked: await vouch(things.linkedSubject),
      unlinked: await vouch('nobody-yet'),
    }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function signInAsAnna(school: TestSchool) {
  const launchData = launchDataOf({ id: Number(people.anna), first_name: 'Анна' })
  const { data, errors } = await school.ask(
    'auth',
    as.anonymous,
    `mutation ($initData: String!) {
      signInWithTelegram(input: { initData: $initData }) { refreshToken session { id } }
    }`,
    { initData: launchData },
  )
  const codes = await school.ask(
    'auth',
    as.service('notification'),
    'mutation ($id: TelegramID!) { createLoginCode(input: { telegramId: $id }) { code } }',
    { id: people.anna },
  )
  if (errors ?? codes.errors) throw new Error(JSON.stringify(errors ?? codes.errors))
  const { refreshToken, session } = data.signInWithTelegram
  return {
    launchData,
    widgetData: widgetDataOf({ id: String(people.anna), first_name: 'Анна' }),
    loginCode: codes.data.createLoginCode.code as string,
    refreshToken: refreshToken as string,
    sessionId: session.id as string,
  }
}

/** https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app */
function launchDataOf(user: object): string {
  const key = createHmac('sha256', 'WebAppData').update(botToken).digest()
  return signed({ user: JSON.stringify(user) }, key)
}

/** https://core.telegram.org/widgets/login#checking-authorization */
function widgetDataOf(user: Record<string, string>): string {
  return signed(user, createHash('sha256').update(botToken).digest())
}

function signed(fields: Record<string, string>, key: Buffer): string {
  const all = { ...fields, auth_date: String(Math.floor(Date.now() / 1000)) }
  const lines = Object.entries(all).map((pair) => pair.join('='))
  const hash = createHmac('sha256', key).update(lines.sort().join('\n')).digest('hex')
  return new URLSearchParams({ ...all, hash }).toString()
}
