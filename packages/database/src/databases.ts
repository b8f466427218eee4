import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const prismaDir = fileURLToPath(new URL('../../../prisma', import.meta.url))

/** The databases of the school, by name: the folders of `prisma/` that hold a `schema.prisma`. */
export function listDatabases(): string[] {
  return readdirSync(prismaDir)
    .filter((name) => existsSync(schemaFile(name)))
    .sort()
}

/** Path of a database's Prisma schema. */
export function schemaFile(database: string): string {
  return join(prismaDir, database, 'schema.prisma')
}

/** Path of the folder that holds a database's migrations. */
export function migrationsDir(database: string): string {
  return join(prismaDir, database, 'migrations')
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
