import type { Random } from './random.ts'

/** The two languages in which the demo school speaks to people. */
export type Speech = 'ru' | 'en'

export interface Name {
  firstName: string
  lastName: string
}

const russian = {
  women:
    'Анна Мария Екатерина Дарья Полина Алина София Виктория Ксения Ольга Татьяна Ирина Юлия Вера Надежда Евгения Алёна Марина Светлана Людмила',
  men: 'Алексей Дмитрий Иван Михаил Сергей Артём Никита Павел Андрей Роман Кирилл Максим Егор Тимур Владимир Олег Глеб Илья Степан Фёдор',
  surnames:
    'Смирнов Иванов Кузнецов Соколов Попов Лебедев Козлов Новиков Морозов Петров Волков Соловьёв Васильев Зайцев Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв Макаров Андреев Ильин Гусев Титов Кузьмин Баранов Куликов Алексеев Степанов Яковлев Сорокин',
}
const english = {
  first:
    'Olivia Jack Amelia Harry Isla Oscar Ava George Emily Noah Sophie Liam Grace Ethan Chloe Lucas Hannah Mason Ella Henry Lily Owen Ruby Daniel Zoe Adam Alice Samuel Nora Leo',
  surnames:
    'Smith Taylor Brown Wilson Evans Thomas Johnson Roberts Walker Wright Robinson Thompson White Hughes Edwards Green Hall Wood Harris Lewis Martin Clarke Turner Hill Cooper Ward Morris Moore Clark Baker Bennett Foster Reed Murphy Brooks',
}
const split = {
  women: russian.women.split(' '),
  men: russian.men.split(' '),
  surnames: russian.surnames.split(' '),
  englishFirst: english.first.split(' '),
  englishSurnames: english.surnames.split(' '),
}

/** A name that was not given before, in the script of the language. */
export function createNames(random: Random): (speech: Speech) => Name {
  const given = new Set<string>()
  return (speech) => {
    for (;;) {
      const name = speech === 'ru' ? russianName(random) : englishName(random)
      const whole = `${name.firstName} ${name.lastName}`
      if (given.has(whole)) continue
      given.add(whole)
      return name
    }
  }
}

function russianName(random: Random): Name {
  const surname = random.pick(split.surnames)
  return random.chance(0.55)
    ? { firstName: random.pick(split.women), lastName: `${surname}а` }
    : { firstName: random.pick(split.men), lastName: surname }
}

function englishName(random: Random): Name {
  return {
    firstName: random.pick(split.englishFirst),
    lastName: random.pick(split.englishSurnames),
  }
}

/** Where students live, how they speak there, and how many of them (a weight). */
export const homes: readonly { zone: string; speech: readonly Speech[]; weight: number }[] = [
  { zone: 'Europe/Moscow', speech: ['ru'], weight: 8 },
  { zone: 'Asia/Yekaterinburg', speech: ['ru'], weight: 4 },
  { zone: 'Asia/Novosibirsk', speech: ['ru'], weight: 3 },
  { zone: 'Asia/Almaty', speech: ['ru'], weight: 3 },
  { zone: 'Asia/Tbilisi', speech: ['ru', 'en'], weight: 2 },
  { zone: 'Asia/Dubai', speech: ['en', 'ru'], weight: 2 },
  { zone: 'Europe/Berlin', speech: ['ru', 'en'], weight: 3 },
  { zone: 'Europe/London', speech: ['en', 'ru'], weight: 4 },
  { zone: 'America/New_York', speech: ['en', 'ru'], weight: 3 },
  { zone: 'America/Toronto', speech: ['en'], weight: 3 },
  { zone: 'Asia/Singapore', speech: ['en'], weight: 3 },
]
