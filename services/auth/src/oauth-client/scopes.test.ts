import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTypeDefs } from '@classgram/graphql'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { Kind, visit } from 'graphql'
import { expect, test } from 'vitest'
import { scopes } from './scopes.ts'
import { createServiceClients } from './service-clients.ts'

/** The scopes that rules of all subgraphs name. */
function scopesInSdl(): string[] {
  const named = new Set<string>()
  for (const { directory } of readSubgraphs()) {
    visit(loadTypeDefs(directory), {
      Directive({ name, arguments: given = [] }) {
        const list = given.find((argument) => argument.name.value === 'scopes')?.value
        if (name.value !== 'allow' || list?.kind !== Kind.LIST) return
        for (const scope of list.values) if (scope.kind === Kind.STRING) named.add(scope.value)
      },
    })
  }
  return [...named].sort()
}

test('what programs can be granted is what rules name, and is well formed', () => {
  expect(scopes).toEqual(scopesInSdl())
  for (const scope of scopes) expect(scope).toMatch(/^[a-z-]+:[a-z-]+$/)
})

test('docs/clients.md tells of each what it opens, and of no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/clients.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z-]+:[a-z-]+)` +\| \S/gm)].map(([, scope]) => scope)
  expect(rows).toEqual(scopesInSdl())
})

test('what sister services may do is among it', () => {
  const keys = readSubgraphs().map(({ name }) => ({ kid: name }))
  const services = createServiceClients({ keys: [...keys, { kid: 'gateway' }] })
  for (const { kid } of keys) {
    expect(scopes).toEqual(expect.arrayContaining([...(services.scopesOf(kid) ?? ['none'])]))
  }
  expect(services.scopesOf('gateway')).toBeUndefined()
  expect(services.scopesOf('constructor')).toBeUndefined()
})
