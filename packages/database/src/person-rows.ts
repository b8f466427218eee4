import pg from 'pg'

/** What this needs of any service's PrismaClient. */
interface RawClient {
  $queryRawUnsafe<R>(sql: string, ...values: unknown[]): PromiseLike<R>
}

interface Sealed {
  ciphertext: Uint8Array<ArrayBuffer>
  keyId: string
}

/** What this needs of a vault: opens what was sealed for a purpose like `users.phone`. */
interface Opener {
  open: (sealed: Sealed, purpose: string) => string
}

type Row = Record<string, unknown>

/**
 * Everything in a service's database that is about a person, by table; tables without such rows are
 * absent. Which rows that are, the audit triggers say: each names its table's column for the person.
 * A table without one belongs to whom the rows belong that it refers to, if it is deleted with them.
 * So a new table is part of it without being told of here. Tables that are not audited, as the audit
 * log itself, are not, but for `idempotency_keys`.
 *
 * Columns of bytes are hashes and ciphertexts, and left out: `phone_ciphertext` and `phone_key_id`
 * become an open `phone`. Integers of 64 bits and decimals are text, instants RFC 3339 in UTC.
 *
 * Costs two statements, however many tables and rows there are.
 *
 * @param vault for databases that keep something sealed
 * @throws Error for a sealed value that the vault, or the lack of one, does not open
 */
export async function readPersonRows(
  db: RawClient,
  telegramId: bigint,
  vault?: Opener,
): Promise<Record<string, Row[]>> {
  const tables = await db.$queryRawUnsafe<Table[]>(auditedTables)
  const selects = tables.flatMap((table) => {
    const condition = belongsToPerson(table, tables)
    return condition === undefined ? [] : [selectRows(table, condition)]
  })
  const found = await db.$queryRawUnsafe<{ table: string; rows: Row[] | null }[]>(
    [...selects, ownRequests].join(' UNION ALL '),
    telegramId,
  )
  return Object.fromEntries(
    found
      .toSorted((one, other) => (one.table < other.table ? -1 : 1))
      .flatMap(({ table, rows }) => {
        const sealed = sealedColumns(tables.find(({ name }) => name === table))
        return rows ? [[table, rows.map((row) => openRow(row, table, sealed, vault))]] : []
      }),
  )
}

interface Table {
  name: string
  /** The column that holds the person; empty when there is none. */
  person: string
  columns: { name: string; type: string }[]
  /** Rows that this table's rows are deleted with. */
  parents: { table: string; columns: string[]; referenced: string[] }[]
}

/** A trigger's arguments are stored as one text, each ended by a zero byte. */
const auditedTables = `
  SELECT c.relname AS name, split_part(encode(t.tgargs, 'escape'), '\\000', 1) AS person,
    (
      SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(
          CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END, NULL)) ORDER BY a.attnum)
      FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns,
    (
      SELECT coalesce(json_agg(json_build_object(
        'table', (SELECT relname FROM pg_class WHERE oid = f.confrelid),
        'columns', (
          SELECT json_agg(a.attname ORDER BY k.n)
          FROM unnest(f.conkey) WITH ORDINALITY k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
        'referenced', (
          SELECT json_agg(a.attname ORDER BY k.n)
          FROM unnest(f.confkey) WITH ORDINALITY k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum)
      )), '[]')
      FROM pg_constraint f
      WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confdeltype = 'c'
    ) AS parents
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE t.tgfoid = 'public.audit_row'::regproc AND t.tgparentid = 0
  ORDER BY c.relname`

/** Keys of the person's requests; the table names people as authors. */
const ownRequests = `
  SELECT 'idempotency_keys', (
    SELECT json_agg(r ORDER BY created_at) FROM (
      SELECT operation, key, response, ${readable('created_at', 'timestamp with time zone')} AS created_at
      FROM idempotency_keys WHERE actor = 'user:' || $1::bigint
    ) r
  )`

/** SQL: whether a row of the table is about the person `$1`; undefined when none can be. */
function belongsToPerson(child: Table, tables: Table[]): string | undefined {
  if (child.person !== '') return `${pg.escapeIdentifier(child.person)} = $1::bigint`
  const others = tables.filter((one) => one !== child)
  const ways = child.parents.flatMap(({ table, columns, referenced }) => {
    const parent = others.find((one) => one.name === table)
    const condition = parent && belongsToPerson(parent, others)
    if (condition === undefined) return []
    const from = `SELECT ${identifiers(referenced)} FROM ${pg.escapeIdentifier(table)}`
    return [`(${identifiers(columns)}) IN (${from} WHERE ${condition})`]
  })
  return ways.length > 0 ? ways.join(' OR ') : undefined
}

function selectRows(table: Table, condition: string): string {
  const sealed = sealedColumns(table)
  const isKeyId = (name: string) => sealed.some((one) => name === `${one}_key_id`)
  const shown = table.columns.filter(
    ({ name, type }) => !type.startsWith('bytea') && !isKeyId(name),
  )
  const expressions = [
    ...shown.map(
      ({ name, type }) =>
        `${readable(pg.escapeIdentifier(name), type)} AS ${pg.escapeIdentifier(name)}`,
    ),
    ...sealed.map(selectSealed),
  ]
  const order = ['created_at', 'id'].filter((name) => shown.some((column) => column.name === name))
  const orderBy = order.length > 0 ? ` ORDER BY ${identifiers(order)}` : ''
  const name = pg.escapeIdentifier(table.name)
  return `SELECT ${pg.escapeLiteral(table.name)} AS "table", (
    SELECT json_agg(r${orderBy}) FROM (SELECT ${expressions.join(', ')} FROM ${name} WHERE ${condition}) r
  ) AS rows`
}

/** JSON has numbers, but JavaScript reads no more than 53 bits of them. */
function readable(column: string, type: string): string {
  const [scalar, list = ''] = type.split(/(?=\[)/)
  if (scalar === 'bigint' || scalar === 'numeric') return `${column}::text${list}`
  if (type !== 'timestamp with time zone') return column
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/** Names of the values that the table keeps sealed, each in a column for ciphertext and one for the key's id. */
function sealedColumns(table: Table | undefined): string[] {
  const names = new Set(table?.columns.map(({ name }) => name))
  return [...names].flatMap((name) => {
    const value = name.replace(/_ciphertext$/, '')
    return value !== name && names.has(`${value}_key_id`) ? [value] : []
  })
}

function selectSealed(name: string): string {
  const ciphertext = pg.escapeIdentifier(`${name}_ciphertext`)
  return `CASE WHEN ${ciphertext} IS NOT NULL THEN json_build_object(
    'ciphertext', encode(${ciphertext}, 'base64'), 'keyId', ${pg.escapeIdentifier(`${name}_key_id`)}
  ) END AS ${pg.escapeIdentifier(name)}`
}

function openRow(row: Row, table: string, sealed: string[], vault: Opener | undefined): Row {
  const open = (column: string) => {
    const value = row[column] as { ciphertext: string; keyId: string } | null
    if (!value) return null
    if (!vault) throw new Error(`${table}.${column} is sealed, and there is nothing to open it`)
    const ciphertext = Uint8Array.from(Buffer.from(value.ciphertext, 'base64'))
    return vault.open({ ciphertext, keyId: value.keyId }, `${table}.${column}`)
  }
  return { ...row, ...Object.fromEntries(sealed.map((column) => [column, open(column)])) }
}

function identifiers(names: string[]): string {
  return names.map((name) => pg.escapeIdentifier(name)).join(', ')
}
