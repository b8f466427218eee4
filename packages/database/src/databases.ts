import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const prismaDir = fileURLToPath(new URL('../../../prisma', import.meta.url))

/**
 * The databases of the school, by name: the folders of `prisma/` that hold a `schema.prisma`.
 *
 * @param dir another folder in the place of `prisma/`, here and below
 */
export function listDatabases(dir = prismaDir): string[] {
  return readdirSync(dir)
    .filter((name) => existsSync(schemaFile(name, dir)))
    .sort()
}

/** Path of a database's Prisma schema. */
export function schemaFile(database: string, dir = prismaDir): string {
  return join(dir, database, 'schema.prisma')
}

/** Path of the folder that holds a database's migrations. */
export function migrationsDir(database: string, dir = prismaDir): string {
  return join(dir, database, 'migrations')
}

/** The same server's URL with another database, and with a role's own credentials if given. */
export function databaseUrl(
  adminUrl: string,
  database: string,
  role?: { name: string; password: string },
): string {
  const url = new URL(adminUrl)
  url.pathname = `/${database}`
  if (role) {
    url.username = encodeURIComponent(role.name)
    url.password = encodeURIComponent(role.password)
  }
  return url.href
}
