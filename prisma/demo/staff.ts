import type { Language, Level } from './courses.ts'
import type { Speech } from './names.ts'

export interface TeacherProfile {
  firstName: string
  lastName: string
  speech: Speech
  timezone: string
  headline: string
  bio: string
  experienceYears: number
  hourlyRate: string
  currency: string
  teaches: { language: Language; proficiency: Level | 'NATIVE'; from: Level; to: Level }
  /** Spoken, not taught. */
  alsoSpeaks: { language: string; proficiency: Level | 'NATIVE' }[]
}

/** In an order that `courses.ts` refers to. The first is the teacher of the printed token. */
export const teacherProfiles: readonly TeacherProfile[] = [
  {
    firstName: 'Emily',
    lastName: 'Carter',
    speech: 'en',
    timezone: 'Europe/London',
    headline: 'Conversation first: English you use the same evening',
    bio: 'I taught at a language school in Bristol for nine years before moving online. My lessons are mostly talking: we read a short text, argue about it, and I collect the mistakes worth fixing.',
    experienceYears: 12,
    hourlyRate: '28.00',
    currency: 'GBP',
    teaches: { language: 'en', proficiency: 'NATIVE', from: 'A1', to: 'C2' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'B1' }],
  },
  {
    firstName: 'James',
    lastName: 'Holloway',
    speech: 'en',
    timezone: 'America/New_York',
    headline: 'Business English, interviews and presentations',
    bio: 'Former recruiter. I prepare people for interviews, negotiations and presentations, and I am strict about articles.',
    experienceYears: 8,
    hourlyRate: '40.00',
    currency: 'USD',
    teaches: { language: 'en', proficiency: 'NATIVE', from: 'B1', to: 'C2' },
    alsoSpeaks: [{ language: 'es', proficiency: 'B2' }],
  },
  {
    firstName: 'Анна',
    lastName: 'Соколова',
    speech: 'ru',
    timezone: 'Europe/Moscow',
    headline: 'Английский с нуля и без страха говорить',
    bio: 'Преподаю английский взрослым больше десяти лет. Объясняю грамматику по-русски, пока это нужно, и постепенно перехожу на английский. Люблю сериалы и задаю их на дом.',
    experienceYears: 11,
    hourlyRate: '1800.00',
    currency: 'RUB',
    teaches: { language: 'en', proficiency: 'C2', from: 'A1', to: 'B2' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'NATIVE' }],
  },
  {
    firstName: 'Lucía',
    lastName: 'Fernández',
    speech: 'en',
    timezone: 'Europe/Madrid',
    headline: 'Spanish from Salamanca, with patience',
    bio: 'Philologist from Salamanca. Beginners are my favourite: after ten lessons we order dinner, after thirty we discuss it.',
    experienceYears: 9,
    hourlyRate: '26.00',
    currency: 'EUR',
    teaches: { language: 'es', proficiency: 'NATIVE', from: 'A1', to: 'C2' },
    alsoSpeaks: [{ language: 'en', proficiency: 'C1' }],
  },
  {
    firstName: 'Дмитрий',
    lastName: 'Орлов',
    speech: 'ru',
    timezone: 'Asia/Yekaterinburg',
    headline: 'Испанский для жизни и путешествий',
    bio: 'Шесть лет жил в Валенсии, вернулся на Урал и преподаю испанский. На занятиях много разговоров и песен, к экзамену DELE готовлю отдельно.',
    experienceYears: 7,
    hourlyRate: '1500.00',
    currency: 'RUB',
    teaches: { language: 'es', proficiency: 'C2', from: 'A1', to: 'B2' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'NATIVE' }],
  },
  {
    firstName: 'Katharina',
    lastName: 'Vogel',
    speech: 'en',
    timezone: 'Europe/Berlin',
    headline: 'German for work: e-mails, calls, small talk',
    bio: 'I teach German as a foreign language in Leipzig and online. Word order stops hurting after the fourth week, I promise.',
    experienceYears: 14,
    hourlyRate: '32.00',
    currency: 'EUR',
    teaches: { language: 'de', proficiency: 'NATIVE', from: 'A1', to: 'C2' },
    alsoSpeaks: [{ language: 'en', proficiency: 'C1' }],
  },
  {
    firstName: 'Елена',
    lastName: 'Кузнецова',
    speech: 'ru',
    timezone: 'Europe/Moscow',
    headline: 'Немецкий: подготовка к Goethe-Zertifikat',
    bio: 'Готовлю к экзаменам Гёте-института, сама сдала C2. Даю много письменных заданий и проверяю каждое.',
    experienceYears: 16,
    hourlyRate: '2000.00',
    currency: 'RUB',
    teaches: { language: 'de', proficiency: 'C2', from: 'A1', to: 'C1' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'NATIVE' }],
  },
  {
    firstName: 'Claire',
    lastName: 'Moreau',
    speech: 'en',
    timezone: 'Europe/Paris',
    headline: 'French pronunciation that people understand',
    bio: 'Born in Lyon, trained as an actress, teaching since 2015. We work on sound from the first lesson; grammar follows the ear.',
    experienceYears: 10,
    hourlyRate: '30.00',
    currency: 'EUR',
    teaches: { language: 'fr', proficiency: 'NATIVE', from: 'A1', to: 'C2' },
    alsoSpeaks: [{ language: 'en', proficiency: 'C1' }],
  },
  {
    firstName: 'Наталья',
    lastName: 'Белова',
    speech: 'ru',
    timezone: 'Europe/Moscow',
    headline: 'Французский для тех, кто уже пробовал и бросил',
    bio: 'Окончила МГЛУ, стажировалась в Гренобле. Помогаю вернуться к языку после перерыва: повторяем забытое и сразу говорим.',
    experienceYears: 13,
    hourlyRate: '1700.00',
    currency: 'RUB',
    teaches: { language: 'fr', proficiency: 'C2', from: 'A1', to: 'B2' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'NATIVE' }],
  },
  {
    firstName: 'Marco',
    lastName: 'Ricci',
    speech: 'en',
    timezone: 'Europe/Rome',
    headline: 'Italian through food, film and football',
    bio: 'From Bologna. Small groups, loud lessons, and a short written task every week so that nothing is lost.',
    experienceYears: 6,
    hourlyRate: '25.00',
    currency: 'EUR',
    teaches: { language: 'it', proficiency: 'NATIVE', from: 'A1', to: 'C1' },
    alsoSpeaks: [{ language: 'en', proficiency: 'B2' }],
  },
  {
    firstName: 'Ольга',
    lastName: 'Ким',
    speech: 'ru',
    timezone: 'Asia/Almaty',
    headline: 'Китайский с нуля: тоны, иероглифы, речь',
    bio: 'Училась в Пекине четыре года. Иероглифы разбираем по ключам, а тоны поём вслух, поэтому они запоминаются.',
    experienceYears: 8,
    hourlyRate: '9000.00',
    currency: 'KZT',
    teaches: { language: 'zh', proficiency: 'C1', from: 'A1', to: 'B1' },
    alsoSpeaks: [{ language: 'ru', proficiency: 'NATIVE' }],
  },
  {
    firstName: 'Grace',
    lastName: 'Lin',
    speech: 'en',
    timezone: 'Asia/Shanghai',
    headline: 'Mandarin for everyday life and HSK',
    bio: 'I grew up in Suzhou and studied in Manchester. My students learn characters by writing short messages to each other.',
    experienceYears: 9,
    hourlyRate: '180.00',
    currency: 'CNY',
    teaches: { language: 'zh', proficiency: 'NATIVE', from: 'A1', to: 'C1' },
    alsoSpeaks: [{ language: 'en', proficiency: 'C1' }],
  },
]

/** The first is the administrator of the printed token. */
export const administratorProfiles: readonly {
  firstName: string
  lastName: string
  speech: Speech
  timezone: string
}[] = [
  { firstName: 'Мария', lastName: 'Лебедева', speech: 'ru', timezone: 'Europe/Moscow' },
  { firstName: 'Thomas', lastName: 'Bennett', speech: 'en', timezone: 'Europe/London' },
]
