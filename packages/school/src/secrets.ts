import { generateEncryptionKey } from '@classgram/encryption'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { generateKeyPair } from '@classgram/viewer'
import { z } from 'zod'

const jwk = z.looseObject({ kid: z.string() })

const schoolSecrets = z.object({
  /** Envelope keys, by the caller's name. */
  envelopes: z.record(z.string(), z.object({ privateJwk: jwk, publicJwk: jwk })),
  encryption: z.looseObject({
    current: z.string(),
    keys: z.record(z.string(), z.string()),
    hashKey: z.string(),
  }),
})

/** What the parts of one school share or keep from each other, beyond database passwords. */
export type SchoolSecrets = z.infer<typeof schoolSecrets>

/**
 * Adds what is missing to the secrets of a school: an envelope key for each process, a key ring
 * for personal data. What is there stays, and so do keys of others in the same file.
 */
export async function completeSecrets<Found extends object>(
  found: Found,
): Promise<Found & SchoolSecrets> {
  const known = schoolSecrets.partial().parse(found)
  const envelopes = { ...known.envelopes }
  for (const name of ['gateway', ...readSubgraphs().map((subgraph) => subgraph.name)]) {
    envelopes[name] ??= (await generateKeyPair(name)) as SchoolSecrets['envelopes'][string]
  }
  const encryption = known.encryption ?? {
    current: 'k1',
    keys: { k1: generateEncryptionKey() },
    hashKey: generateEncryptionKey(),
  }
  return { ...found, envelopes, encryption }
}
