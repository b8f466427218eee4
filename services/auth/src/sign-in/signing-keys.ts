import { transact } from '@classgram/database'
import { generateKeyPair } from '@classgram/viewer'
import type { JSONWebKeySet, JWK } from 'jose'
import type { AppContext } from '../context.ts'
import type { Prisma, SigningKey } from '../generated/prisma/client.ts'

const purpose = 'signing_keys.private_key'
const day = 24 * 60 * 60 * 1000

/** How long a key signs. */
const signingDays = 90
/** How much longer it verifies: far beyond the life of any access token. */
const verifyingDays = 1

/** The keys that access tokens may be signed with, public halves only (RFC 7517). */
export async function publishedKeys({ db, clock }: AppContext): Promise<JSONWebKeySet> {
  const keys = await db.signingKey.findMany({
    where: { expiresAt: { gt: clock() } },
    orderBy: { createdAt: 'desc' },
    select: { publicJwk: true },
  })
  return { keys: keys.map((key) => key.publicJwk as unknown as JWK) }
}

/** The private key that signs now. The first use, and the first after a key has retired, makes a new one. */
export async function signingKey(app: AppContext): Promise<JWK> {
  const found = (await findCurrent(app.db, app.clock())) ?? (await createKey(app))
  const { privateKeyCiphertext, privateKeyKeyId } = found
  if (!privateKeyCiphertext || !privateKeyKeyId)
    throw new Error(`key ${found.kid} has no private half`)
  const sealed = { ciphertext: privateKeyCiphertext, keyId: privateKeyKeyId }
  return JSON.parse(app.vault.open(sealed, purpose)) as JWK
}

async function createKey({ db, vault, clock }: AppContext): Promise<SigningKey> {
  return transact(db, { actor: 'system:signing-keys' }, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('signing keys'))`
    const now = clock()
    const madeMeanwhile = await findCurrent(tx, now)
    if (madeMeanwhile) return madeMeanwhile
    const kid = `classgram-${now.toISOString().slice(0, 10)}-${crypto.randomUUID().slice(0, 8)}`
    const { privateJwk, publicJwk } = await generateKeyPair(kid)
    const { ciphertext, keyId } = vault.seal(JSON.stringify(privateJwk), purpose)
    const retiresAt = new Date(now.getTime() + signingDays * day)
    return tx.signingKey.create({
      data: {
        kid,
        algorithm: 'EdDSA',
        publicJwk: publicJwk as Prisma.InputJsonObject,
        privateKeyCiphertext: ciphertext,
        privateKeyKeyId: keyId,
        notBefore: now,
        retiresAt,
        expiresAt: new Date(retiresAt.getTime() + verifyingDays * day),
      },
    })
  })
}

function findCurrent(db: Prisma.TransactionClient, now: Date): Promise<SigningKey | null> {
  return db.signingKey.findFirst({
    where: { notBefore: { lte: now }, retiresAt: { gt: now } },
    orderBy: { notBefore: 'desc' },
  })
}
