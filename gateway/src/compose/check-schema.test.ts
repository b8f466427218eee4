import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkSchema } from './check-schema.ts'
import { composed, school } from './fixture.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'classgram-compose-'))
  mkdirSync(join(root, 'gateway'))
  mkdirSync(join(root, 'clients/operations'), { recursive: true })
  write('clients/operations/group.graphql', 'query Group { group(id: 1) { name } }')
  compose()
})

afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text)
}

/** What `pnpm compose` does. */
function compose(...edits: [string, string][]): void {
  write('gateway/supergraph.graphql', composed(school(...edits)).supergraph)
}

function git(...args: string[]): string {
  const identity = [
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@example.org',
    '-c',
    'commit.gpgsign=false',
  ]
  return execFileSync('git', ['-C', root, ...identity, ...args], { encoding: 'utf8' }).trim()
}

function commit(): string {
  git('add', '.')
  git('commit', '--quiet', '--allow-empty', '--message', 'step')
  return git('rev-parse', 'HEAD')
}

const withoutName: [string, string] = ['name: String!\n    status', 'status']
const withFee: [string, string] = ['goals: String', 'goals: String fee: Int']

describe('without a base', () => {
  test('everything fits: no failure, and it says that nothing was compared', async () => {
    const report = await checkSchema(root, school())
    expect(report.failures).toEqual([])
    expect(report.checked).toEqual([
      '2 subgraphs, composed by two composers',
      expect.stringContaining('nothing to compare with, git says: '),
      '1 files of stored operations',
    ])
  })

  test('a supergraph that was not composed again is a failure', async () => {
    expect((await checkSchema(root, school(withFee))).failures).toEqual([
      'gateway/supergraph.graphql is stale: run `pnpm compose` and commit it',
    ])
    rmSync(join(root, 'gateway/supergraph.graphql'))
    expect((await checkSchema(root, school())).failures).toEqual([
      'gateway/supergraph.graphql is missing: run `pnpm compose` and commit it',
    ])
  })

  test('a composition that fails is a failure', async () => {
    const report = await checkSchema(root, school(['goals: String', 'goals: String groups: Int']))
    expect(report.failures[0]).toContain('FIELD_TYPE_MISMATCH: Type of field "Student.groups"')
    expect(report.checked).toEqual([])
  })

  test('a composition that only one composer accepts is a failure', async () => {
    // The Guild's composer knows the versions of the specification up to 2.9.
    const newer: [string, string] = ['federation/v2.9', 'federation/v2.10']
    compose(newer)
    expect((await checkSchema(root, school(newer))).failures).toContainEqual(
      expect.stringMatching(/^The Guild's composer refuses: UNKNOWN_FEDERATION_LINK_VERSION/),
    )
  })

  test('a stored operation that no longer fits is a failure', async () => {
    compose(withoutName)
    expect((await checkSchema(root, school(withoutName))).failures).toEqual([
      'clients/operations/group.graphql:1: Cannot query field "name" on type "Group".',
    ])
  })
})

// Git is all that this needs beyond Node.js; a machine without it still runs everything above.
describe.skipIf(spawnSync('git', ['--version']).status !== 0)(
  'in a git repository (needs git)',
  () => {
    beforeEach(() => {
      git('init', '--quiet', '--initial-branch=main')
      write('clients/operations/group.graphql', 'query Group { group(id: 1) { id } }')
    })

    test('the first commit has nothing to be compared with', async () => {
      commit()
      const report = await checkSchema(root, school())
      expect(report.failures).toEqual([])
      expect(report.checked[1]).toContain('HEAD~1 is not here')
    })

    test('a break between the last two commits is a failure, an addition is not', async () => {
      commit()
      compose(withFee)
      commit()
      const addition = await checkSchema(root, school(withFee))
      expect(addition.failures).toEqual([])
      expect(addition.checked[1]).toMatch(/\(HEAD~1\): 0 break clients, 0 accepted, 0 dangerous$/)

      compose(withoutName)
      commit()
      expect((await checkSchema(root, school(withoutName))).failures).toEqual([
        expect.stringMatching(/^FIELD_REMOVED Group\.name: /),
        expect.stringMatching(/^FIELD_REMOVED Student\.fee: /),
      ])
    })

    test('a branch is compared with where it left origin/main, however many commits ago', async () => {
      const fork = commit()
      git('checkout', '--quiet', '-b', 'feature')
      compose(withoutName)
      commit()
      commit()
      expect((await checkSchema(root, school(withoutName))).failures).toEqual([])

      git('update-ref', 'refs/remotes/origin/main', fork)
      const report = await checkSchema(root, school(withoutName))
      expect(report.failures).toEqual([expect.stringContaining('FIELD_REMOVED Group.name')])
      expect(report.checked[1]).toContain(`${fork.slice(0, 10)} (fork of origin/main)`)
    })

    test('main itself is compared with the commit before', async () => {
      commit()
      compose(withoutName)
      git('update-ref', 'refs/remotes/origin/main', commit())
      const report = await checkSchema(root, school(withoutName))
      expect(report.failures).toHaveLength(1)
      expect(report.checked[1]).toContain('(HEAD~1)')
    })

    test('a base may be given; one that does not exist is a failure', async () => {
      const first = commit()
      compose(withoutName)
      commit()
      commit()
      expect((await checkSchema(root, school(withoutName), first)).failures).toHaveLength(1)
      expect((await checkSchema(root, school(withoutName), 'HEAD~1')).failures).toEqual([])
      expect((await checkSchema(root, school(withoutName), 'mistyped')).failures).toEqual([
        'the base mistyped is not a commit here',
      ])
      expect((await checkSchema(root, school(withoutName), '0'.repeat(40))).checked[1]).toContain(
        'nothing to compare with',
      )
    })

    test('a commit before there was a supergraph is no base', async () => {
      git('commit', '--quiet', '--allow-empty', '--message', 'empty')
      commit()
      expect((await checkSchema(root, school())).checked[1]).toContain(
        '(HEAD~1) has no gateway/supergraph.graphql',
      )
    })

    test('a break that is meant is written down with its reason', async () => {
      commit()
      compose(withoutName)
      const { failures } = await checkSchema(root, school(withoutName), 'HEAD')
      write(
        'gateway/accepted-breaks.txt',
        `${failures[0]} # no client selects it\nno break # why\n`,
      )
      const report = await checkSchema(root, school(withoutName), 'HEAD')
      expect(report.failures).toEqual([])
      expect(report.warnings).toEqual([
        `accepted: ${failures[0]}`,
        'gateway/accepted-breaks.txt accepts what does not happen: no break',
      ])
    })
  },
)
