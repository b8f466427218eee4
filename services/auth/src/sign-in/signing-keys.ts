import { transact } from '@classgram/database'
import { generateKeyPair } from '@classgram/viewer'
import type { JSONWebKeySet, JWK } from 'jose'
import type { AppContext } from '../context.ts'
import type { Prisma, SigningKey } from '../generated/prisma/client.ts'

type Keeper = Pick<AppContext, 'db' | 'vault' | 'clock'>

const purpose = 'signing_keys.private_key'
const author = { actor: 'system:signing-keys' }
const minute = 60 * 1000

/** How long a key signs. */
const signingMs = 90 * 24 * 60 * minute
/** Longest life of an access token. */
export const accessTokenSeconds = 15 * 60
/** How much longer a key verifies than it signs. */
const verifyingMs = 2 * accessTokenSeconds * 1000
/** How long a key is only published at first: every gateway fetches the keys that often. */
const defaultLeadMs = 5 * minute
/** How long a retired key keeps its private half, for an auth server whose clock is behind. */
const skewMs = minute

/** The keys that access tokens may be signed with, public halves only (RFC 7517). */
export async function publishedKeys({
  db,
  clock,
}: Pick<Keeper, 'db' | 'clock'>): Promise<JSONWebKeySet> {
  const keys = await db.signingKey.findMany({
    where: { expiresAt: { gt: clock() } },
    orderBy: { createdAt: 'desc' },
    select: { publicJwk: true },
  })
  return { keys: keys.map((key) => key.publicJwk as unknown as JWK) }
}

/**
 * The private key that signs now. The first use, and the first after a key has retired without a
 * successor, makes a new one. Private halves that are past use are removed on the way.
 */
export async function signingKey(app: Keeper): Promise<JWK> {
  const now = app.clock()
  const keys = await findUsable(app.db)
  if (keys.some((key) => isPastUse(key, now))) {
    await transact(app.db, author, (tx) => removePastUse(tx, now))
  }
  const { kid, privateKeyCiphertext, privateKeyKeyId } =
    findCurrent(keys, now) ?? (await createFirst(app))
  if (!privateKeyCiphertext || !privateKeyKeyId) throw new Error(`key ${kid} has no private half`)
  const sealed = { ciphertext: privateKeyCiphertext, keyId: privateKeyKeyId }
  return JSON.parse(app.vault.open(sealed, purpose)) as JWK
}

export interface Rotation {
  /** The key that signs from `signsFrom` on. */
  kid: string
  signsFrom: Date
  /** False when an earlier rotation made it. */
  isNew: boolean
  /** The keys that sign no more from then on. */
  retired: { kid: string; verifiesUntil: Date }[]
  /** Retired keys whose private halves this removed. */
  removed: string[]
}

/**
 * Lets a new key take over: published at once, it signs after a lead. Until then the present key
 * signs, and verifies until the last token that it signed has expired.
 *
 * A rotation that is under way already is kept, and only hastened if the lead asks for it. Of two
 * at once, one makes the key. Without a present key there is no lead.
 *
 * @param options.leadMs milliseconds that gateways have to fetch the new key
 */
export async function rotateSigningKeys(
  app: Keeper,
  { leadMs = defaultLeadMs }: { leadMs?: number } = {},
): Promise<Rotation> {
  const askedAt = app.clock()
  return transact(app.db, author, async (tx) => {
    await lockKeys(tx)
    const now = app.clock()
    const removed = await removePastUse(tx, now)
    const keys = await findUsable(tx)
    const current = findCurrent(keys, now)
    // Somebody was quicker while this waited.
    if (current && current.notBefore >= askedAt) {
      const { kid, notBefore: signsFrom } = current
      return { kid, signsFrom, isNew: false, retired: [], removed }
    }
    const earliest = current ? new Date(now.getTime() + leadMs) : now
    const successor = keys.find((key) => key.notBefore > now)
    const next = await takeOver(tx, app, successor, earliest)
    const { kid, notBefore: signsFrom } = next
    const verifiesUntil = new Date(signsFrom.getTime() + verifyingMs)
    const retired = await tx.signingKey.updateManyAndReturn({
      where: { id: { not: next.id }, notBefore: { lt: signsFrom }, retiresAt: { gt: now } },
      data: { retiresAt: signsFrom, expiresAt: verifiesUntil },
      select: { kid: true },
    })
    return {
      kid,
      signsFrom,
      isNew: !successor,
      retired: retired.map((key) => ({ kid: key.kid, verifiesUntil })),
      removed,
    }
  })
}

/** The successor, no later than `earliest`; a new key if there is none. */
async function takeOver(
  tx: Prisma.TransactionClient,
  app: Keeper,
  successor: SigningKey | undefined,
  earliest: Date,
): Promise<SigningKey> {
  if (!successor) return createKey(tx, app, earliest)
  if (successor.notBefore <= earliest) return successor
  return tx.signingKey.update({ where: { id: successor.id }, data: { notBefore: earliest } })
}

/** A key that signs at once, unless somebody else made one meanwhile. */
function createFirst(app: Keeper): Promise<SigningKey> {
  return transact(app.db, author, async (tx) => {
    await lockKeys(tx)
    const now = app.clock()
    return findCurrent(await findUsable(tx), now) ?? createKey(tx, app, now)
  })
}

async function createKey(
  tx: Prisma.TransactionClient,
  { vault }: Keeper,
  notBefore: Date,
): Promise<SigningKey> {
  const kid = `classgram-${notBefore.toISOString().slice(0, 10)}-${crypto.randomUUID().slice(0, 8)}`
  const { privateJwk, publicJwk } = await generateKeyPair(kid)
  const { ciphertext, keyId } = vault.seal(JSON.stringify(privateJwk), purpose)
  const retiresAt = new Date(notBefore.getTime() + signingMs)
  return tx.signingKey.create({
    data: {
      kid,
      algorithm: 'EdDSA',
      publicJwk: publicJwk as Prisma.InputJsonObject,
      privateKeyCiphertext: ciphertext,
      privateKeyKeyId: keyId,
      notBefore,
      retiresAt,
      expiresAt: new Date(retiresAt.getTime() + verifyingMs),
    },
  })
}

/** Whoever makes keys or sets their dates does so alone. */
function lockKeys(tx: Prisma.TransactionClient) {
  return tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('signing keys'))`
}

/** The keys that still have a private half, those that sign latest first. */
function findUsable(db: Prisma.TransactionClient): Promise<SigningKey[]> {
  return db.signingKey.findMany({
    where: { privateKeyCiphertext: { not: null } },
    orderBy: { notBefore: 'desc' },
  })
}

/** Of keys in `findUsable`'s order, the newest that signs now. */
function findCurrent(keys: SigningKey[], now: Date): SigningKey | undefined {
  return keys.find((key) => key.notBefore <= now && now < key.retiresAt)
}

function isPastUse({ retiresAt }: SigningKey, now: Date): boolean {
  return retiresAt.getTime() <= now.getTime() - skewMs
}

async function removePastUse(tx: Prisma.TransactionClient, now: Date): Promise<string[]> {
  const removed = await tx.signingKey.updateManyAndReturn({
    where: {
      retiresAt: { lte: new Date(now.getTime() - skewMs) },
      privateKeyCiphertext: { not: null },
    },
    data: { privateKeyCiphertext: null, privateKeyKeyId: null },
    select: { kid: true },
  })
  return removed.map((key) => key.kid)
}
