import type { Queryable } from './migrate.ts'

/** Tables of the machinery: written by it alone, and not audited. */
export const internalTables = [
  '_prisma_migrations',
  'audit_log',
  'idempotency_keys',
  'inbox_events',
  'outbox_deliveries',
  'outbox_events',
]

/**
 * Everything in the schema `public` that a Prisma schema can say, as a map from what (`column lessons.title`) to
 * how (`text NOT NULL`). Checks, exclusions, partial and expression indexes, and deferrable constraints are beyond
 * Prisma and left out.
 */
export async function describeCatalog(database: Queryable): Promise<Map<string, string>> {
  const { rows } = await database.query(catalog)
  return new Map(rows.map(({ key, definition }) => [String(key), String(definition)]))
}

/**
 * All that can be in the schema `public`, in the same form: what `describeCatalog` tells, and what is beyond Prisma.
 */
export async function describeWholeCatalog(database: Queryable): Promise<Map<string, string>> {
  const { rows } = await database.query(beyondPrisma)
  const described = await describeCatalog(database)
  for (const { key, definition } of rows) described.set(String(key), String(definition))
  return described
}

/** Tables that may be changed without leaving a trace. */
export async function unauditedTables(database: Queryable): Promise<string[]> {
  const { rows } = await database.query(
    `SELECT relname FROM pg_class c
     WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
       AND relname <> ALL ('{${internalTables}}')
       AND NOT EXISTS (
         SELECT FROM pg_trigger t
         WHERE tgrelid = c.oid AND tgfoid = 'audit_row'::regproc AND tgenabled = 'O'
           -- row level, after, on insert, update and delete
           AND tgtype & 1 = 1 AND tgtype & 66 = 0 AND tgtype & 28 = 28
       )
     ORDER BY relname`,
  )
  return rows.map((row) => String(row.relname))
}

const tables = `
  WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND relname <> '_prisma_migrations'
  )`

const catalog = `${tables}
  SELECT 'table ' || relname AS key, '' AS definition FROM tables
  UNION ALL
  SELECT 'column ' || relname || '.' || attname,
    concat_ws(' ',
      format_type(atttypid, atttypmod),
      CASE WHEN attnotnull THEN 'NOT NULL' END,
      'DEFAULT ' || pg_get_expr(adbin, adrelid)
    )
  FROM pg_attribute
    JOIN tables ON tables.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT 'enum ' || typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder)
  FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
  WHERE typnamespace = 'public'::regnamespace
  GROUP BY typname
  UNION ALL
  SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN tables ON tables.oid = conrelid
  WHERE contype IN ('p', 'u', 'f') AND NOT condeferrable
  UNION ALL
  SELECT 'index ' || pg_class.relname, pg_get_indexdef(indexrelid)
  FROM pg_index
    JOIN tables ON tables.oid = indrelid
    JOIN pg_class ON pg_class.oid = indexrelid
  WHERE indpred IS NULL AND indexprs IS NULL AND NOT indisexclusion AND indimmediate
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND condeferrable)
  ORDER BY key`

const extensionOf = (oid: string) =>
  `SELECT FROM pg_depend WHERE objid = ${oid} AND refclassid = 'pg_extension'::regclass AND deptype = 'e'`

/** Constraints of NOT NULL are told with their columns; what belongs to an extension comes and goes with it. */
const beyondPrisma = `${tables}
  SELECT 'constraint ' || relname || '.' || conname AS key,
    pg_get_constraintdef(pg_constraint.oid) AS definition
  FROM pg_constraint JOIN tables ON tables.oid = conrelid
  WHERE contype <> 'n'
  UNION ALL
  SELECT 'index ' || pg_class.relname,
    pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
  FROM pg_index
    JOIN tables ON tables.oid = indrelid
    JOIN pg_class ON pg_class.oid = indexrelid
  UNION ALL
  SELECT 'trigger ' || relname || '.' || tgname,
    pg_get_triggerdef(pg_trigger.oid) || CASE WHEN tgenabled = 'O' THEN '' ELSE ' DISABLED' END
  FROM pg_trigger JOIN tables ON tables.oid = tgrelid
  WHERE NOT tgisinternal
  UNION ALL
  SELECT 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid)
  FROM pg_proc p
  WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'
    AND NOT EXISTS (${extensionOf('p.oid')})
  UNION ALL
  SELECT 'view ' || relname, pg_get_viewdef(oid)
  FROM pg_class c
  WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
    AND NOT EXISTS (${extensionOf('c.oid')})
  UNION ALL
  SELECT 'extension ' || extname, '' FROM pg_extension
  ORDER BY key`
