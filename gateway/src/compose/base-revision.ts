import { spawnSync } from 'node:child_process'

/**
 * What a change is compared with, or why there is nothing to compare it with. A mistyped revision
 * is `unknown`: it must not pass for a first commit.
 */
export type Base = { revision: string; text: string } | { missing: string } | { unknown: string }

/**
 * Reads a file as it stood before the change: at `wanted` if given, else where the branch left
 * `origin/main`, else one commit ago.
 *
 * @param root folder inside the git repository
 * @param path the file, relative to that folder
 * @param wanted a revision; all zeros is git's word for "none"
 */
export function readBase(root: string, path: string, wanted?: string): Base {
  const git = (...args: string[]) => {
    const { status, stdout, stderr, error } = spawnSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return { ok: status === 0, out: stdout ?? '', why: error?.message ?? stderr.trim() }
  }
  const commit = (revision: string) =>
    git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`).out.trim()

  const repository = git('rev-parse', '--git-dir')
  if (!repository.ok) return { missing: `git says: ${repository.why.split('\n')[0]}` }

  if (wanted && /^0+$/.test(wanted)) return { missing: 'there was no commit before' }
  if (wanted && !commit(wanted)) return { unknown: wanted }

  const head = commit('HEAD')
  const fork = git('merge-base', 'HEAD', 'origin/main').out.trim()
  const revision = wanted || (fork !== head && fork) || 'HEAD~1'
  if (!commit(revision))
    return { missing: `${revision} is not here (first commit or shallow clone)` }

  const file = git('show', `${revision}:./${path}`)
  const name = `${commit(revision).slice(0, 10)} (${wanted || (revision === fork ? 'fork of origin/main' : revision)})`
  return file.ok ? { revision: name, text: file.out } : { missing: `${name} has no ${path}` }
}
