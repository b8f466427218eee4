import { conflict, serviceUnavailable } from '@classgram/errors'
import { currentRequest } from '@classgram/server'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { ProviderSettings } from './provider-settings.ts'

/** How long a provider may take for one answer. */
const timeoutDuration = 2_000
/** Keys are fetched again for a key that is not among them, but no more often than this. */
const cooldownDuration = 5_000
/** How long what discovery told is believed. */
const discoveryMs = 60 * 60 * 1000

/** An OpenID Connect provider whose ID tokens sign in. */
export interface OpenIdProvider extends ProviderSettings {
  /** @throws SERVICE_UNAVAILABLE when the provider does not tell its keys; jose's error without a key that fits */
  keys: JWTVerifyGetKey
}

/** By name. */
export type OpenIdProviders = ReadonlyMap<string, OpenIdProvider>

/** Asks nobody yet: a provider that is away keeps no school from starting. */
export function createProviders(settings: ProviderSettings[]): OpenIdProviders {
  return new Map(settings.map((one) => [one.name, { ...one, keys: discoveredKeys(one) }]))
}

function discoveredKeys({ name, issuer }: ProviderSettings): JWTVerifyGetKey {
  let known: { keys: Promise<JWTVerifyGetKey>; until: number } | undefined
  const discovered = () => {
    if (known && performance.now() < known.until) return known.keys
    const found = { keys: discover(issuer), until: performance.now() + discoveryMs }
    known = found
    found.keys.catch(() => {
      if (known === found) known = undefined
    })
    return found.keys
  }
  return async (header, token) => {
    try {
      return await (await discovered())(header, token)
    } catch (error) {
      if (isAboutToken(error)) throw error
      currentRequest()?.log.warn({ err: error, provider: name }, 'OpenID provider not available')
      throw serviceUnavailable(name)
    }
  }
}

/** The token asks for a key that the provider does not have, or does not say which of several. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

/**
 * Finds where the issuer publishes its keys (OpenID Connect Discovery 1.0, section 4).
 *
 * @throws Error when it does not answer, or speaks for somebody else
 */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutDuration),
  })
  if (response.status !== 200) throw new Error(`${address} answered ${response.status}`)
  const protocol = issuer.startsWith('https:') ? /^https$/ : /^https?$/
  const metadata = z.object({ issuer: z.literal(issuer), jwks_uri: z.url({ protocol }) })
  const { jwks_uri } = metadata.parse(await response.json())
  return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration, cooldownDuration })
}

/** @throws CONFLICT `SIGN_IN_NOT_OFFERED` for a name that the settings do not have */
export function findProvider(providers: OpenIdProviders, name: string): OpenIdProvider {
  const provider = providers.get(name)
  if (!provider) throw conflict('SIGN_IN_NOT_OFFERED', 'This school does not know this provider.')
  return provider
}
