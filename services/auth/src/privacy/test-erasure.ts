import { readSubgraphs } from '@classgram/server'
import { as, eveningEnglish, type TestSchool } from '@classgram/test/kit'

export const services = readSubgraphs().map(({ name }) => name)

export const erasureFields = `telegramId requestedAt completedAt
  receipts { service status rows completedAt attempts lastError }`
export const erasePerson = `mutation ($input: ErasePersonInput!) {
  erasePerson(input: $input) { erasure { ${erasureFields} } }
}`

export interface Receipt {
  service: string
  status: string
  rows: Record<string, number> | null
  completedAt: string | null
  attempts: number
  lastError: string | null
}

export const byService = (receipts: Receipt[] = []): Record<string, Receipt> =>
  Object.fromEntries(receipts.map((receipt) => [receipt.service, receipt]))

/** Erases somebody, past the gateway; by the administrator unless somebody else is named. */
export async function erase(
  school: TestSchool,
  telegramId: bigint,
  viewer = as.admin(eveningEnglish.people.admin),
) {
  const variables = { input: { telegramId } }
  const { data, errors } = await school.ask('auth', viewer, erasePerson, variables)
  const erasure = data?.erasePerson.erasure
  return { erasure, receipts: byService(erasure?.receipts), ...errors?.[0]?.extensions }
}
