import { exportJWK, generateKeyPair as generate, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createEnvelopeSigner, createEnvelopeVerifier, type Envelope } from './envelope.ts'
import { generateKeyPair, type KeyPair } from './keys.ts'
import type { Viewer } from './viewer.ts'

const anna: Viewer = { kind: 'person', telegramId: 4_503_599_627_370_497n, role: 'STUDENT' }

let gateway: KeyPair
let groups: KeyPair
let open: (envelope: string) => Promise<Envelope>
beforeAll(async () => {
  gateway = await generateKeyPair('gateway')
  groups = await generateKeyPair('groups')
  open = createEnvelopeVerifier('calendar', { keys: [gateway.publicJwk, groups.publicJwk] })
})

test('an envelope carries the viewer, a telegram id with all its digits', async () => {
  const seal = await createEnvelopeSigner(gateway.privateJwk)
  const client = { address: '192.0.2.1', userAgent: 'Telegram' }
  expect(await open(await seal({ viewer: anna, client }, 'calendar'))).toEqual({
    viewer: anna,
    client,
  })
  const anonymous: Envelope = { viewer: { kind: 'anonymous' } }
  expect(await open(await seal(anonymous, 'calendar'))).toEqual(anonymous)
})

test('a sister service speaks for itself', async () => {
  const seal = await createEnvelopeSigner(groups.privateJwk)
  const viewer: Viewer = { kind: 'service', name: 'groups' }
  expect(await open(await seal({ viewer }, 'calendar'))).toEqual({ viewer })
})

describe('refused is', () => {
  const claims = { viewer: { kind: 'person', telegramId: '1', role: 'ADMIN' } }
  const header = { alg: 'EdDSA', kid: 'gateway', typ: 'envelope+jwt' }

  async function sign(
    key: JWK,
    change: { header?: object; claims?: object; audience?: string; issuer?: string } = {},
  ) {
    const { importJWK } = await import('jose')
    return new SignJWT({ ...claims, ...change.claims })
      .setProtectedHeader({ ...header, ...change.header })
      .setIssuer(change.issuer ?? 'gateway')
      .setAudience(change.audience ?? 'calendar')
      .setIssuedAt()
      .setExpirationTime('60 seconds')
      .sign(await importJWK(key, 'EdDSA'))
  }

  test('nothing, and nonsense', async () => {
    await expect(open('')).rejects.toThrow()
    await expect(open('a.b.c')).rejects.toThrow()
  })

  test('an envelope for another service', async () => {
    await expect(open(await sign(gateway.privateJwk, { audience: 'groups' }))).rejects.toThrow(
      'aud',
    )
  })

  test('an envelope that somebody else signed', async () => {
    const stranger = await generateKeyPair('gateway')
    await expect(open(await sign(stranger.privateJwk))).rejects.toThrow('signature')
  })

  test('a service that vouches for a person, or for another service', async () => {
    const asGroups = { header: { kid: 'groups' }, issuer: 'groups' }
    await expect(open(await sign(groups.privateJwk, asGroups))).rejects.toThrow('vouch')
    const other = { viewer: { kind: 'service', name: 'auth' } }
    await expect(
      open(await sign(groups.privateJwk, { ...asGroups, claims: other })),
    ).rejects.toThrow('vouch')
  })

  test("a service that signs in the gateway's name", async () => {
    const asGroups = { header: { kid: 'groups' } }
    await expect(open(await sign(groups.privateJwk, asGroups))).rejects.toThrow('issuer')
    await expect(open(await sign(groups.privateJwk))).rejects.toThrow('signature')
  })

  test('an unsigned envelope (alg none)', async () => {
    const unsigned = new UnsecuredJWT(claims).setIssuer('gateway').setAudience('calendar').encode()
    await expect(open(unsigned)).rejects.toThrow()
  })

  test('a public key used as an HMAC secret (key confusion)', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(gateway.publicJwk))
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: 'HS256' })
      .setIssuer('gateway')
      .setAudience('calendar')
      .setExpirationTime('60 seconds')
      .sign(secret)
    await expect(open(forged)).rejects.toThrow()
  })

  test('a key that the token brings along', async () => {
    const { privateKey, publicKey } = await generate('EdDSA', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const forged = await sign(await exportJWK(privateKey), { header: { jwk } })
    await expect(open(forged)).rejects.toThrow('signature')
  })

  test('a cut or changed envelope', async () => {
    const whole = await sign(gateway.privateJwk)
    const [head, , signature] = whole.split('.')
    const body = Buffer.from(JSON.stringify({ ...claims, aud: 'calendar' })).toString('base64url')
    await expect(open(whole.slice(0, -2))).rejects.toThrow()
    await expect(open(`${head}.${body}.${signature}`)).rejects.toThrow('signature')
    await expect(open(`${head}.${body}.`)).rejects.toThrow()
  })

  test('an access token', async () => {
    await expect(
      open(await sign(gateway.privateJwk, { header: { typ: 'at+jwt' } })),
    ).rejects.toThrow('typ')
  })

  test('an envelope older than its minute', async () => {
    const envelope = await sign(gateway.privateJwk)
    vi.useFakeTimers({ now: Date.now() + 66_000, toFake: ['Date'] })
    try {
      await expect(open(envelope)).rejects.toThrow('exp')
    } finally {
      vi.useRealTimers()
    }
  })
})
