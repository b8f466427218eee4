import { type Language, type Level, levels } from './courses.ts'
import { changedAt, groupVersion, lastChange, memberSince } from './groups.ts'
import { type Group, leftAt } from './membership.ts'
import type { Speech } from './names.ts'
import { type Person, phone, type Teacher } from './people.ts'
import { createIds, createRandom, type Random } from './random.ts'
import { before } from './time.ts'

/** Rows of the database `teachers`; its `groups` repeat those of the database `groups`. */
export function teachersRows(teachers: readonly Teacher[], groups: readonly Group[]) {
  const teacherId = createIds('teachers')
  const languageId = createIds('teacher_languages')
  return {
    teachers: teachers.map(({ telegramId, timezone, joinedAt, number, profile }) => ({
      id: teacherId(),
      telegram_id: telegramId,
      headline: profile.headline,
      bio: profile.bio,
      experience_years: profile.experienceYears,
      hourly_rate: profile.hourlyRate,
      currency: profile.currency,
      timezone,
      video_url: number % 3 === 0 ? null : `https://video.example.org/teacher-${number}`,
      is_accepting_students: number % 5 !== 0,
      status: 'ACTIVE',
      created_at: joinedAt,
      updated_at: joinedAt,
    })),
    teacher_languages: teachers.flatMap(({ telegramId, joinedAt, profile }) => {
      const { teaches, alsoSpeaks } = profile
      const taught = {
        ...teaches,
        from: teaches.from as Level | null,
        to: teaches.to as Level | null,
      }
      return [taught, ...alsoSpeaks.map((spoken) => ({ ...spoken, from: null, to: null }))].map(
        ({ language, proficiency, from, to }) => ({
          id: languageId(),
          teacher_telegram_id: telegramId,
          language,
          proficiency,
          min_level: from,
          max_level: to,
          created_at: joinedAt,
          updated_at: joinedAt,
        }),
      )
    }),
    groups: groups.map((group) => ({
      id: group.id,
      teacher_telegram_id: group.taughtBy.telegramId,
      name: group.name,
      language: group.language,
      level: group.level,
      status: group.status,
      source_version: groupVersion(group),
      occurred_at: changedAt(group),
      created_at: group.createdAt,
      updated_at: changedAt(group),
    })),
  }
}

const goals: Record<Speech, readonly ((language: string) => string)[]> = {
  en: [
    (language) => `Talk to my family-in-law in ${language}`,
    (language) => `Pass a job interview in ${language}`,
    (language) => `Travel without a phrasebook and understand ${language} menus`,
    (language) => `Read novels in ${language} without a dictionary`,
    (language) => `Get back the ${language} I had at school`,
  ],
  ru: [
    (language) => `Свободно говорить на ${language}ом в поездках`,
    (language) => `Пройти собеседование на ${language}ом`,
    (language) => `Смотреть фильмы на ${language}ом без субтитров`,
    (language) => `Вспомнить школьный ${language}ий`,
    (language) => `Сдать экзамен по ${language}ому до лета`,
  ],
}

/** Russian ones without the ending, which the sentence adds. */
const languageNames: Record<Speech, Record<Language, string>> = {
  en: { en: 'English', es: 'Spanish', de: 'German', fr: 'French', it: 'Italian', zh: 'Chinese' },
  ru: {
    en: 'английск',
    es: 'испанск',
    de: 'немецк',
    fr: 'французск',
    it: 'итальянск',
    zh: 'китайск',
  },
}

const reasons = {
  ru: { first: 'Вступительный тест', next: 'Итоги модуля' },
  en: { first: 'Placement test', next: 'End-of-module test' },
}

/** Rows of the database `students`. The guardian's contact is plain here and sealed on the way in. */
export function studentsRows(students: readonly Person[], groups: readonly Group[]) {
  const random = createRandom('students')
  const studentId = createIds('students')
  const languageId = createIds('student_languages')
  const assessmentId = createIds('level_assessments')
  const learns = languagesOf(groups)
  const learning = students.flatMap((student) =>
    [...(learns.get(student) ?? [])].map(([language, group]) => ({ student, language, group })),
  )
  return {
    students: students.map((student) => ({
      id: studentId(),
      telegram_id: student.telegramId,
      goals: goalOf(student, learns.get(student), random),
      timezone: student.timezone,
      communication_language: student.speech,
      staff_notes: random.chance(0.1) ? random.pick(staffNotes[student.speech]) : null,
      guardian_contact: student.number % 12 === 6 ? phone(student, true) : null,
      created_at: student.joinedAt,
      updated_at: student.joinedAt,
    })),
    student_languages: learning.map(({ student, language, group }) => ({
      id: languageId(),
      student_telegram_id: student.telegramId,
      language,
      level: group.level,
      target_level: levelFrom(group.level, 2),
      created_at: before(student.joinedAt, -1),
      updated_at: before(student.joinedAt, -1),
    })),
    level_assessments: learning.flatMap(({ student, language, group }) => {
      const previous = group.level === 'A1' ? null : levelFrom(group.level, -1)
      const hasRisen = previous !== null && random.chance(0.4)
      const steps = hasRisen
        ? [
            { from: null, to: previous, days: 1, reason: reasons[student.speech].first },
            { from: previous, to: group.level, days: 3, reason: reasons[student.speech].next },
          ]
        : [{ from: null, to: group.level, days: 1, reason: reasons[student.speech].first }]
      return steps.map(({ from, to, days, reason }) => ({
        id: assessmentId(),
        student_telegram_id: student.telegramId,
        language,
        previous_level: from,
        level: to,
        reason,
        assessed_by_telegram_id: group.taughtBy.telegramId,
        assessed_at: before(student.joinedAt, -days),
        created_at: before(student.joinedAt, -days),
      }))
    }),
    group_enrollments: groups.flatMap((group) =>
      group.members.map((member) => ({
        id: member.id,
        group_id: group.id,
        student_telegram_id: member.student.telegramId,
        status: member.status,
        invited_at: member.invitedAt,
        joined_at: member.joinedAt,
        left_at: leftAt(member),
        source_version: member.version,
        occurred_at: lastChange(member),
        created_at: memberSince(member),
        updated_at: lastChange(member),
      })),
    ),
  }
}

const staffNotes = {
  ru: ['Предпочитает вечерние занятия', 'Просит больше письменных заданий', 'Оплата от компании'],
  en: ['Prefers evenings', 'Asks for more written work', 'Paid for by the employer'],
}

/** The languages a student learns, each with the first group in it. */
function languagesOf(groups: readonly Group[]): Map<Person, Map<Language, Group>> {
  const found = new Map<Person, Map<Language, Group>>()
  for (const group of groups) {
    for (const { student } of group.members) {
      const languages = found.get(student) ?? new Map<Language, Group>()
      if (!languages.has(group.language)) languages.set(group.language, group)
      found.set(student, languages)
    }
  }
  return found
}

function goalOf(
  { speech }: Person,
  languages: Map<Language, Group> | undefined,
  random: Random,
): string | null {
  const [language] = languages?.keys() ?? []
  return language ? random.pick(goals[speech])(languageNames[speech][language]) : null
}

function levelFrom(level: Level, steps: number): Level {
  const index = Math.min(levels.indexOf(level) + steps, levels.length - 1)
  return levels[index] ?? level
}
