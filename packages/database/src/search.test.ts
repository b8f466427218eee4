import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Connection, connect } from './connect.ts'
import { createSearchLine, searchBy } from './search.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let connection: Connection
beforeAll(async () => {
  server = await startTestServer(['groups'])
  connection = connect(server.url('groups'), { max: 1 })
})
afterAll(async () => {
  await connection.close()
  await server.stop()
})

const names =
  'Павел Ольга Елена Мария Артём Роман Денис Игорь Тарас Вадим Лидия Агата Жанна Чехов Шишов Щукин Юрьев Ягода Эльза Алиса Семён Гузель Яковлев Ющенко Сюзанна Джамиля Аннушка Аллочка Вячеслав Геннадий Чернышёв Шушарин Кузьмина Жуковский Цветаева Кириллов Филиппов Никифоров Екатерина Валентина Маргарита Хабибуллин Ахмед Emily James Grace Marco Chloe Julia Xenia Wanda Kevin Quinn Phoebe Yvonne Charles Schmidt Michelle Fernandez'.split(
    ' ',
  )

interface Slip {
  kind: 'omitted' | 'mistaken' | 'swapped'
  name: string
  typed: string
}

/** Every single slip of the finger in a name. */
function slipsIn(name: string): Slip[] {
  const letters = [...name.toLowerCase()]
  const alphabet = /[a-z]/.test(name)
    ? 'abcdefghijklmnopqrstuvwxyz'
    : 'абвгдежзийклмнопрстуфхцчшщъыьэюя'
  const instead = (at: number, count: number, ...others: string[]) =>
    letters.toSpliced(at, count, ...others).join('')
  return letters.flatMap((letter, at): Slip[] => {
    const next = letters[at + 1]
    const others = [...alphabet].filter((other) => other !== letter)
    return [
      { kind: 'omitted', name, typed: instead(at, 1) },
      ...others.map((other): Slip => ({ kind: 'mistaken', name, typed: instead(at, 1, other) })),
      ...(next && next !== letter
        ? [{ kind: 'swapped', name, typed: instead(at, 2, next, letter) } as const]
        : []),
    ]
  })
}

/** Writes conditions whose words are columns. */
const columns = {
  sql: (strings: TemplateStringsArray, ...values: unknown[]) => String.raw(strings, ...values),
  join: (parts: string[], separator: string) => parts.join(separator),
}

test('words are found with a slip of the finger, as the docstring says', async () => {
  const { isFound } = searchBy(columns, 'search_key(s.name)', ['s.typed'])
  const { rows } = await connection.pool.query(
    `SELECT kind, name, typed, coalesce(${isFound}, false) AS "isFound",
      length(search_key(name)) - 1 AS kept, length(search_key(typed)) - 1 AS "keptTyped"
     FROM jsonb_to_recordset($1) AS s (kind text, name text, typed text)`,
    [JSON.stringify(names.flatMap(slipsIn))],
  )
  const fewest = { omitted: 4, mistaken: 5, swapped: 9 }
  const lost = rows.filter(({ isFound }) => !isFound)
  const surprising = lost.filter(
    ({ kind, kept, keptTyped }) => Math.min(kept, keptTyped) >= fewest[kind as Slip['kind']],
  )
  expect(surprising).toEqual([])

  const shareFound = (kind: string, isMeant = (_: Slip) => true) => {
    const all = rows.filter((row) => row.kind === kind && isMeant(row))
    return all.filter(({ isFound }) => isFound).length / all.length
  }
  expect(shareFound('omitted')).toBeGreaterThan(0.94)
  expect(shareFound('mistaken')).toBeGreaterThan(0.98)
  expect(shareFound('swapped', ({ name }) => name.length >= 7)).toBeGreaterThan(0.96)
  expect(lost).toContainEqual(expect.objectContaining({ name: 'Игорь', typed: 'горь' }))
})

test('a search that waited longer than anybody waits for it is not run', async () => {
  let now = 0
  const who = { clock: () => new Date(now), answerBy: new Date(8_000) }
  const inTurn = createSearchLine('groups', connection)
  const first = Promise.withResolvers<string>()
  const early = inTurn(who, () => first.promise)
  const late = inTurn(who, async () => 'in vain')
  now = 8_000
  first.resolve('found')
  expect(await early).toBe('found')
  await expect(late).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } })
  expect(await inTurn({ clock: who.clock }, async () => 'as ever')).toBe('as ever')
})
