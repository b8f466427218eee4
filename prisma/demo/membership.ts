import type { Course, Language } from './courses.ts'
import { homes, type Speech } from './names.ts'
import type { Home, Person, Registry, Teacher } from './people.ts'
import { createIds, createRandom, type Random } from './random.ts'
import { before, createDiary, type Diary } from './time.ts'
import { offsetsOf, planTerm, type Timetable } from './timetable.ts'

type MemberStatus =
  | 'INVITED'
  | 'WAITLISTED'
  | 'ACTIVE'
  | 'PAUSED'
  | 'COMPLETED'
  | 'LEFT'
  | 'REMOVED'

export interface Group extends Course {
  id: string
  number: number
  taughtBy: Teacher
  capacity: number
  timetable: Timetable | null
  members: Member[]
  createdAt: Date
}

/** One stay of a student in a group. */
export interface Member {
  id: string
  student: Person
  status: MemberStatus
  waitingPosition: number | null
  invitedAt: Date | null
  joinedAt: Date | null
  /** When a paused or closed stay stopped; lessons after it are not theirs. */
  stoppedAt: Date | null
  version: number
}

const sizes = [8, 8, 7, 8, 9, 6, 8]
const studentCount = 240
const closed: readonly MemberStatus[] = ['COMPLETED', 'LEFT', 'REMOVED']

/** When the stay ended; null while it is open, also while it is paused. */
export function leftAt({ status, stoppedAt }: Member): Date | null {
  return closed.includes(status) ? stoppedAt : null
}

/** Who is paused keeps the seat. */
function takenSeats({ members }: Group): number {
  return members.filter(({ status }) => status === 'ACTIVE' || status === 'PAUSED').length
}

/** Whether a stay gives a place in a lesson. */
export function attends({ joinedAt, stoppedAt }: Member, startsAt: Date): boolean {
  return joinedAt !== null && joinedAt <= startsAt && (stoppedAt === null || startsAt < stoppedAt)
}

/** Fills the groups with students, and keeps each student's lessons apart. */
export function enrol(
  courses: readonly Course[],
  registry: Registry,
  now: Date,
): { groups: Group[]; students: Person[]; diary: Diary } {
  const random = createRandom('membership')
  const groupId = createIds('groups')
  const memberId = createIds('group_members')
  const diary = createDiary()
  const students: Person[] = []
  const groups: Group[] = courses.map((course, index) => {
    const taughtBy = registry.teachers[course.teacher]
    if (!taughtBy) throw new Error(`${course.name} has no teacher`)
    const isTeachersFirst = courses.findIndex(({ teacher }) => teacher === course.teacher) === index
    const timetable = planTerm(course, taughtBy.timezone, now, isTeachersFirst)
    for (const lesson of timetable?.occurrences ?? []) diary.book(taughtBy.telegramId, lesson)
    return {
      ...course,
      id: groupId(),
      number: index,
      taughtBy,
      capacity: 0,
      timetable,
      members: [],
      createdAt: before(now, (course.status === 'ARCHIVED' ? 170 : 80) - index / 4),
    }
  })
  const stay = (student: Person, status: MemberStatus, rest: Partial<Member> = {}): Member => ({
    id: memberId(),
    student,
    status,
    waitingPosition: null,
    invitedAt: null,
    joinedAt: null,
    stoppedAt: null,
    version: 1,
    ...rest,
  })

  const teaching = groups.filter(({ status }) => status !== 'DRAFT')
  for (const [index, group] of teaching.entries()) {
    const size = sizes[index % sizes.length] ?? 8
    for (let seat = 0; seat < size && students.length < studentCount; seat++) {
      const isFirst = students.length === 0
      const home: Home = isFirst
        ? { timezone: 'Europe/Moscow', speech: 'ru' }
        : chooseHome(group, random)
      const student = registry.addStudent(
        home,
        group.status === 'ARCHIVED' ? before(now, 180) : undefined,
      )
      students.push(student)
      group.members.push(stay(student, ...usualStay(group, seat, size, now, random)))
      bookLessons(group, student, diary)
    }
    const taken = takenSeats(group)
    group.capacity = isFull(group) ? Math.max(taken, 1) : taken + 3
  }
  for (const draft of groups) draft.capacity ||= 10

  addReturned(groups, stay, now)
  joinSecondGroups(groups, stay, diary, now)
  addNewcomers(groups, registry, students, stay, now, random)
  return { groups, students, diary }
}

type Stay = (student: Person, status: MemberStatus, rest?: Partial<Member>) => Member

function isFull({ number, status }: Group): boolean {
  return status === 'RUNNING' && number % 4 === 3
}

/** The status of a group's n-th member, and since when. */
function usualStay(
  group: Group,
  seat: number,
  size: number,
  now: Date,
  random: Random,
): [MemberStatus, Partial<Member>] {
  const wasAsked = before(now, group.status === 'ARCHIVED' ? 140 : 48, random.int(0, 10_000))
  const joined = { invitedAt: wasAsked, joinedAt: before(wasAsked, -random.int(1, 8)) }
  const ended = (daysAgo: number) => ({ ...joined, stoppedAt: before(now, daysAgo), version: 2 })
  const isLast = seat === size - 1
  if (group.status === 'ARCHIVED') return [isLast ? 'LEFT' : 'COMPLETED', ended(isLast ? 90 : 45)]
  if (group.status === 'FINISHED') return [isLast ? 'LEFT' : 'COMPLETED', ended(isLast ? 12 : 2)]
  if (group.status === 'OPEN' && seat >= size - 2) return ['INVITED', { invitedAt: before(now, 3) }]
  if (isLast && group.number % 4 === 1) return ['LEFT', ended(9)]
  if (isLast && group.number % 4 === 2) return ['PAUSED', ended(13)]
  if (isLast && group.number === 12) return ['REMOVED', ended(16)]
  if (seat === 3 && group.number % 3 === 0) return ['ACTIVE', { joinedAt: before(now, 15) }]
  return ['ACTIVE', joined]
}

function chooseHome(group: Group, random: Random): Home {
  const { language, slot, taughtBy } = group
  const speech: Speech = speaksRussianOnly(language, taughtBy) || random.chance(0.25) ? 'ru' : 'en'
  const suitable = homes.filter(
    (home) => home.speech.includes(speech) && isCivil(slot.time, taughtBy.timezone, home.zone),
  )
  const { zone } = random.pick(
    suitable.flatMap((home) => Array(home.weight).fill(home) as typeof homes),
  )
  return { timezone: zone, speech }
}

/** Nobody here learns English in English, or anything else from a teacher with another mother tongue. */
function speaksRussianOnly(language: Language, teacher: Teacher): boolean {
  return language === 'en' || teacher.speech === 'ru'
}

const civilHours = { from: 9.5, to: 21 }

/** Whether a lesson at this time in one zone starts at a decent hour in another, in winter and in summer. */
function isCivil(time: string, zone: string, home: string): boolean {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const there = offsetsOf(home)
  return offsetsOf(zone).every((offset, season) => {
    const hour = (hours + minutes / 60 - offset + (there[season] ?? 0) + 48) % 24
    return hour >= civilHours.from && hour <= civilHours.to
  })
}

function bookLessons({ timetable }: Group, student: Person, diary: Diary): void {
  for (const lesson of timetable?.occurrences ?? []) diary.book(student.telegramId, lesson)
}

/** Two who had left before the term and came back: their first stay is kept beside the present one. */
function addReturned(groups: Group[], stay: Stay, now: Date): void {
  for (const group of [groups[1], groups[8]]) {
    const member = group?.members[1]
    if (!group || !member) continue
    const earlier = { joinedAt: before(now, 64), stoppedAt: before(now, 56), version: 2 }
    group.members.push(stay(member.student, 'LEFT', earlier))
  }
}

/** Every ninth student learns a second language, in a group whose lessons never collide with the first one's. */
function joinSecondGroups(groups: Group[], stay: Stay, diary: Diary, now: Date): void {
  const running = groups.filter(({ status }) => status === 'RUNNING')
  const firstStays = running.flatMap((group) => group.members.map((member) => ({ group, member })))
  for (const [index, { group, member }] of firstStays.entries()) {
    const { student, status } = member
    if (index % 9 !== 5 || status !== 'ACTIVE') continue
    const second = running.find(
      (other) =>
        other.language !== group.language &&
        (student.speech === 'ru' || !speaksRussianOnly(other.language, other.taughtBy)) &&
        takenSeats(other) < other.capacity - 1 &&
        isCivil(other.slot.time, other.taughtBy.timezone, student.timezone) &&
        other.timetable?.occurrences.every((lesson) => diary.isFree(student.telegramId, lesson)),
    )
    if (!second) continue
    second.members.push(stay(student, 'ACTIVE', { joinedAt: before(now, 40, index) }))
    bookLessons(second, student, diary)
  }
}

/** The last to arrive wait for a seat, hold an invitation, or have not chosen yet. */
function addNewcomers(
  groups: Group[],
  registry: Registry,
  students: Person[],
  stay: Stay,
  now: Date,
  random: Random,
): void {
  const full = groups.filter(isFull)
  const open = groups.filter(({ status }) => status === 'OPEN')
  for (let index = 0; students.length < studentCount; index++) {
    const wanted = (index < 10 ? full[index % full.length] : open[index % open.length]) ?? groups[0]
    if (!wanted) return
    const student = registry.addStudent(chooseHome(wanted, random), before(now, 4 + index))
    students.push(student)
    if (index < 10) {
      const place = wanted.members.filter(({ status }) => status === 'WAITLISTED').length + 1
      wanted.members.push(stay(student, 'WAITLISTED', { waitingPosition: place }))
    } else if (index < 12) {
      wanted.members.push(stay(student, 'INVITED', { invitedAt: before(now, 2) }))
    } else if (index >= 14) student.isActive = false
  }
}
