import type { Speech } from './names.ts'

export type Language = 'en' | 'es' | 'de' | 'fr' | 'it' | 'zh'
export type Level = 'A1' | 'A2' | 'B1' | 'B2' | 'C1' | 'C2'
type GroupStatus = 'DRAFT' | 'OPEN' | 'RUNNING' | 'FINISHED' | 'ARCHIVED'

export const levels: readonly Level[] = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2']

/** When a group meets, on the wall clock of its teacher's zone. Weekdays as in ISO: 1 is Monday. */
export interface Slot {
  weekdays: readonly [number, number]
  time: string
  minutes: number
}

export interface Course {
  /** Index into `teacherProfiles`. */
  teacher: number
  language: Language
  level: Level
  name: string
  slot: Slot
  status: GroupStatus
}

/** A teacher's slots must not overlap; Fridays stay free for lessons with one student and for moved ones. */
const slots = {
  earlyWeek: { weekdays: [1, 3], time: '18:00', minutes: 90 },
  earlyWeekLate: { weekdays: [1, 3], time: '19:45', minutes: 60 },
  midWeek: { weekdays: [2, 4], time: '18:30', minutes: 90 },
  morning: { weekdays: [2, 4], time: '10:00', minutes: 60 },
  noon: { weekdays: [1, 3], time: '11:30', minutes: 60 },
  weekend: { weekdays: [3, 6], time: '11:00', minutes: 90 },
} satisfies Record<string, Slot>

const plan: readonly [
  teacher: number,
  language: Language,
  level: Level,
  name: string,
  slot: keyof typeof slots,
  status?: GroupStatus,
][] = [
  [0, 'en', 'B1', 'English B1 · Conversation club', 'earlyWeek'],
  [0, 'en', 'B2', 'English B2 · Books and films', 'midWeek'],
  [0, 'en', 'C1', 'English C1 · Debates', 'weekend'],
  [1, 'en', 'B2', 'English B2 · Business evenings', 'noon'],
  [1, 'en', 'C1', 'English C1 · Interviews and talks', 'morning'],
  [1, 'en', 'C2', 'English C2 · Writing workshop', 'earlyWeek', 'OPEN'],
  [2, 'en', 'A1', 'Английский A1 · С нуля', 'earlyWeek'],
  [2, 'en', 'A2', 'Английский A2 · Продолжаем', 'midWeek'],
  [3, 'es', 'A1', 'Español A1 · Primeros pasos', 'earlyWeek'],
  [3, 'es', 'B1', 'Español B1 · Sobremesa', 'midWeek'],
  [3, 'es', 'B2', 'Español B2 · Actualidad', 'morning', 'FINISHED'],
  [4, 'es', 'A1', 'Испанский A1 · Для путешествий', 'earlyWeek'],
  [4, 'es', 'A2', 'Испанский A2 · Вечерняя группа', 'midWeek'],
  [5, 'de', 'A1', 'Deutsch A1 · Guten Tag', 'earlyWeek'],
  [5, 'de', 'B1', 'Deutsch B1 · Deutsch im Büro', 'midWeek'],
  [5, 'de', 'C1', 'Deutsch C1 · Feinschliff', 'noon', 'DRAFT'],
  [6, 'de', 'A2', 'Немецкий A2 · Грамматика и речь', 'earlyWeek'],
  [6, 'de', 'B2', 'Немецкий B2 · К экзамену Гёте', 'weekend'],
  [7, 'fr', 'A2', 'Français A2 · On parle', 'earlyWeek'],
  [7, 'fr', 'B1', 'Français B1 · Cinéma', 'midWeek'],
  [7, 'fr', 'C1', 'Français C1 · Presse et radio', 'morning'],
  [8, 'fr', 'A1', 'Французский A1 · С нуля', 'earlyWeek'],
  [8, 'fr', 'B2', 'Французский B2 · Возвращение', 'midWeek', 'ARCHIVED'],
  [9, 'it', 'A1', 'Italiano A1 · Ciao', 'earlyWeek'],
  [9, 'it', 'A2', 'Italiano A2 · A tavola', 'earlyWeekLate'],
  [9, 'it', 'B1', 'Italiano B1 · Storie italiane', 'midWeek'],
  [10, 'zh', 'A1', 'Китайский A1 · Первые иероглифы', 'earlyWeek'],
  [10, 'zh', 'A2', 'Китайский A2 · Разговор', 'midWeek', 'OPEN'],
  [11, 'zh', 'A1', '中文 A1 · Everyday Mandarin', 'earlyWeek'],
  [11, 'zh', 'B1', '中文 B1 · HSK 3', 'midWeek'],
]

/** All groups that the school has, the group of the printed tokens first. */
export const courses: readonly Course[] = plan.map(
  ([teacher, language, level, name, slot, status = 'RUNNING']) => ({
    teacher,
    language,
    level,
    name,
    slot: slots[slot],
    status,
  }),
)

const aims: Record<Speech, Record<Level, string>> = {
  en: {
    A1: 'From the first sounds to introducing yourself, shopping and asking the way.',
    A2: 'Everyday life in short sentences: work, family, plans, what happened yesterday.',
    B1: 'Talking freely about what you know, and getting by wherever you travel.',
    B2: 'Fluent discussion of current matters, longer texts, cleaner grammar.',
    C1: 'Nuance, register and argument, in speech and in writing.',
    C2: 'Precision and style for those who already live in the language.',
  },
  ru: {
    A1: 'От первых звуков до знакомства, покупок и вопросов о дороге.',
    A2: 'Повседневная жизнь короткими фразами: работа, семья, планы, вчерашний день.',
    B1: 'Свободный разговор о знакомом и уверенность в поездках.',
    B2: 'Беглое обсуждение новостей, длинные тексты, чистая грамматика.',
    C1: 'Оттенки, стиль и аргументы в речи и на письме.',
    C2: 'Точность и стиль для тех, кто уже живёт в языке.',
  },
}

/** What a course of this level is for, in the language of its teacher. */
export function courseAim(level: Level, speech: Speech): string {
  return aims[speech][level]
}

const topics: Record<Speech, readonly string[]> = {
  en: [
    'Meeting people',
    'Home and city',
    'Food',
    'Travel',
    'Work',
    'Health',
    'Weather and nature',
    'Stories from the past',
  ],
  ru: [
    'Знакомство',
    'Дом и город',
    'Еда',
    'Путешествия',
    'Работа',
    'Здоровье',
    'Погода и природа',
    'Истории из прошлого',
  ],
}

/** The units of a course, two lessons each. */
export function unitOf(lesson: number, speech: Speech): { unit: string; topic: string } {
  const index = Math.floor(lesson / 2)
  const unit = speech === 'ru' ? `Раздел ${index + 1}` : `Unit ${index + 1}`
  return { unit, topic: topics[speech][index % topics[speech].length] ?? '' }
}
