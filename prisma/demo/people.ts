import { demoPeople } from './demo-people.ts'
import { createNames, type Speech } from './names.ts'
import { createIds, createRandom, type Random } from './random.ts'
import { administratorProfiles, type TeacherProfile, teacherProfiles } from './staff.ts'
import { before } from './time.ts'

export interface Person {
  telegramId: bigint
  role: 'STUDENT' | 'TEACHER' | 'ADMIN'
  firstName: string
  lastName: string
  speech: Speech
  timezone: string
  isActive: boolean
  /** Counts within the role, from 1. */
  number: number
  joinedAt: Date
}

export interface Teacher extends Person {
  profile: TeacherProfile
}

/** Where a student lives decides the language spoken there. */
export interface Home {
  timezone: string
  speech: Speech
}

/** Makes people whose names and Telegram ids never repeat. */
export interface Registry {
  administrators: Person[]
  teachers: Teacher[]
  /** @param joinedAt default: long before the term began */
  addStudent(home: Home, joinedAt?: Date): Person
}

export function createRegistry(now: Date): Registry {
  const random = createRandom('people')
  const nextName = createNames(random)
  const nextTelegramId = createTelegramIds(random)
  const longAgo = () => before(now, random.int(70, 700), random.int(0, 1439))
  let students = 0
  return {
    administrators: administratorProfiles.map((profile, index) => ({
      ...profile,
      telegramId: index === 0 ? demoPeople.admin : nextTelegramId(),
      role: 'ADMIN',
      isActive: true,
      number: index + 1,
      joinedAt: before(now, 800 - index),
    })),
    teachers: teacherProfiles.map((profile, index) => ({
      telegramId: index === 0 ? demoPeople.teacher : nextTelegramId(),
      role: 'TEACHER',
      firstName: profile.firstName,
      lastName: profile.lastName,
      speech: profile.speech,
      timezone: profile.timezone,
      isActive: true,
      number: index + 1,
      joinedAt: before(now, 760 - index * 7),
      profile,
    })),
    addStudent: ({ timezone, speech }, joinedAt = longAgo()) => ({
      telegramId: students === 0 ? demoPeople.student : nextTelegramId(),
      role: 'STUDENT',
      ...nextName(speech),
      speech,
      timezone,
      isActive: true,
      number: ++students,
      joinedAt,
    }),
  }
}

/**
 * Ids beyond 32 bits, every fifth beyond 40. Both ranges are ones in which Telegram is not known to have accounts
 * (its own jumped from 2^31 to 5,000,000,000), so that a demo school with a real bot writes to nobody.
 */
function createTelegramIds(random: Random): () => bigint {
  const taken = new Set<bigint>(Object.values(demoPeople))
  let count = 0
  const candidate = () => {
    const [from, to] = count % 5 === 4 ? [2 ** 40, 2 ** 52 - 1] : [4_300_000_000, 4_999_999_999]
    return BigInt(random.int(from, to))
  }
  return () => {
    let id = candidate()
    while (taken.has(id)) id = candidate()
    taken.add(id)
    count++
    return id
  }
}

/** Rows of the database `auth`. Phone and e-mail are plain here and sealed on the way in. */
export function authRows(people: readonly Person[], now: Date) {
  const random = createRandom('auth')
  const userId = createIds('users')
  const identityId = createIds('identities')
  const consentId = createIds('consents')
  return {
    users: people.map((person) => ({
      id: userId(),
      telegram_id: person.telegramId,
      role: person.role,
      is_active: person.isActive,
      first_name: person.firstName,
      last_name: person.lastName,
      username: random.chance(0.7) ? `classgram_demo_${label(person).replace('-', '_')}` : null,
      language_code: person.speech,
      timezone: person.timezone,
      photo_url: null,
      phone: hasContacts(person) || random.chance(0.7) ? phone(person) : null,
      email: hasContacts(person) || random.chance(0.5) ? `${label(person)}@example.org` : null,
      first_seen_at: person.joinedAt,
      last_seen_at: before(now, person.isActive ? random.next() * 3 : 8),
      metadata: { demo: true },
      created_at: person.joinedAt,
      updated_at: person.joinedAt,
    })),
    identities: people
      .filter(({ role, number }) => role === 'ADMIN' || (role === 'TEACHER' && number % 3 === 1))
      .map((person) => ({
        id: identityId(),
        user_telegram_id: person.telegramId,
        provider: 'https://login.example.org',
        subject: label(person),
        last_used_at: before(now, random.next() * 20),
        created_at: before(person.joinedAt, -1),
        updated_at: before(person.joinedAt, -1),
      })),
    consents: people
      .flatMap((person) => consents(person, random))
      .map((consent) => ({
        id: consentId(),
        ...consent,
        created_at: consent.accepted_at,
        updated_at: consent.withdrawn_at ?? consent.accepted_at,
      })),
  }
}

function consents(person: Person, random: Random) {
  const accepted = (document: string, version: string, withdrawnAfterDays?: number) => ({
    user_telegram_id: person.telegramId,
    document,
    version,
    accepted_at: person.joinedAt,
    withdrawn_at: withdrawnAfterDays ? before(person.joinedAt, -withdrawnAfterDays) : null,
  })
  const news = random.chance(0.4)
    ? [accepted('newsletter', '1', random.chance(0.2) ? 2 : undefined)]
    : []
  return [accepted('terms', '2'), accepted('privacy', '3'), ...news]
}

/** The staff and the student of the printed token; others may have kept theirs to themselves. */
function hasContacts({ role, number }: Person): boolean {
  return role !== 'STUDENT' || number === 1
}

function label({ role, number }: Person): string {
  return `${role.toLowerCase()}-${String(number).padStart(3, '0')}`
}

/** +7 000 belongs to no operator; 555-01xx is kept for fiction by the North American Numbering Plan. */
export function phone({ speech, role, number }: Person, isGuardian = false): string {
  const series =
    (isGuardian ? 5 : 0) + { STUDENT: 0, TEACHER: 3, ADMIN: 4 }[role] + Math.floor(number / 100)
  const digits = String(number % 100).padStart(2, '0')
  return speech === 'ru' ? `+7 000 00${series}-00-${digits}` : `+1 20${series} 555-01${digits}`
}
