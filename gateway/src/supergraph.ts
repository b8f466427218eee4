import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { SupergraphSdlHook } from '@apollo/gateway'
import { StartupError } from '@classgram/errors'
import { withoutDevelopment } from '@classgram/graphql'
import type { FastifyBaseLogger } from 'fastify'
import { parse, print } from 'graphql'

/** Editors and deployments write a file in several steps. */
const settleMs = 100

/**
 * Feeds the gateway with the composed graph, and again whenever the file changes. A file that is
 * no supergraph is reported and the gateway goes on with the one it has.
 */
export function superviseSupergraph(
  file: string,
  { isProduction, logger }: { isProduction: boolean; logger: FastifyBaseLogger },
): SupergraphSdlHook {
  const read = async () => {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new StartupError(
        `There is no supergraph at ${file}: run pnpm compose, or set SUPERGRAPH_FILE.`,
      )
    })
    return isProduction ? print(withoutDevelopment(parse(text))) : text
  }
  return async ({ update }) => {
    let settle: NodeJS.Timeout | undefined
    const reload = async () => {
      try {
        update(await read())
        logger.info('supergraph reloaded')
      } catch (error) {
        logger.error({ err: error }, 'the new supergraph is refused; the old one stays')
      }
    }
    // The folder is watched, because replacing a file ends a watch on the file itself.
    const watcher = watch(dirname(file), (_, changed) => {
      if (changed !== basename(file)) return
      clearTimeout(settle)
      settle = setTimeout(reload, settleMs)
    })
    watcher.on('error', (error) =>
      logger.error({ err: error }, 'the supergraph is not watched any more'),
    )
    return {
      supergraphSdl: await read(),
      async cleanup() {
        clearTimeout(settle)
        watcher.close()
      },
    }
  }
}
