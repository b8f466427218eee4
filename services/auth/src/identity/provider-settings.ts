import { jsonSetting } from '@classgram/server'
import { z } from 'zod'

/** An issuer is compared letter by letter, so it stays as it was written. */
const issuer = z
  .url({ protocol: /^https?$/, error: 'must be an address' })
  .regex(/^[^?#]*$/, 'must have neither query nor fragment')
  .regex(/^[^@]*$/, 'must have no password')

const provider = z.strictObject({
  /** What clients call it. Links are kept under it, so it must never come to mean another issuer. */
  name: z
    .string()
    .max(50)
    .regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and hyphens'),
  issuer,
  /** Our client id there. */
  audience: z.string().min(1),
  /** For how many seconds an ID token is good for signing in. */
  maxAgeSeconds: z.int().min(30).max(3600).default(600),
  /** Seconds that its clock and ours may differ. */
  clockToleranceSeconds: z.int().min(0).max(300).default(30),
})

export type ProviderSettings = z.output<typeof provider>

/** OpenID Connect providers, as JSON. */
export const providerSettings = jsonSetting()
  .pipe(
    z
      .array(provider)
      .refine(
        (list) => new Set(list.map(({ name }) => name)).size === list.length,
        'two have the same name',
      ),
  )
  .default([])

/** Whether nobody between us and the provider could answer in its place. */
export function isSafeAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || isLoopback(hostname)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
