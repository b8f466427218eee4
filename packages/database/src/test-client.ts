import { type ConnectOptions, connect } from './connect.ts'
import type { TestServer } from './test-server.ts'
import type { TransactionalClient, TransactionClient } from './transact.ts'

/** What the tests use of the client generated for groups. */
export interface Groups extends TransactionClient, TransactionalClient<Groups> {
  group: {
    create(args: object): Promise<Group>
    delete(args: object): Promise<unknown>
    createMany(args: object): Promise<unknown>
    findMany(args?: object): Promise<(Group & { members: { studentTelegramId: bigint }[] })[]>
    update(args: object): Promise<unknown>
  }
  $queryRaw<R = unknown>(query: TemplateStringsArray, ...values: unknown[]): Promise<R>
  $disconnect(): Promise<void>
}

interface Group {
  id: string
  teacherTelegramId: bigint
  createdAt: Date
}

const generated = new URL(
  '../../../services/groups/src/generated/prisma/client.ts',
  import.meta.url,
)

/** A real Prisma client on the groups database of a test's server. */
export async function openGroups(
  server: TestServer,
  options: ConnectOptions,
): Promise<Groups & { close(): Promise<void>; pool: ReturnType<typeof connect>['pool'] }> {
  const connection = connect(server.url('groups'), options)
  const { PrismaClient } = await import(/* @vite-ignore */ generated.href)
  const db = new PrismaClient({ adapter: connection.adapter })
  return Object.assign(db, {
    pool: connection.pool,
    async close() {
      await db.$disconnect()
      await connection.close()
    },
  })
}
