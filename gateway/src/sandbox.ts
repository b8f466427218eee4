import type { ApolloServer, ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import type { RequestContext } from './context.ts'
import { profileQuery, profileRange } from './profile-operation.ts'

const signIn =
  'mutation SignIn($telegramId: TelegramID!) { devSignIn(telegramId: $telegramId) { accessToken } }'

/**
 * Apollo Sandbox at the gateway's address, for development: the Profile query, its variables and an
 * access token stand ready. The token is made anew whenever the page is opened, so it always holds.
 *
 * @param telegramId whom to sign in; nobody when absent
 * @param getServer the server that the page belongs to
 */
export function sandboxPage(
  telegramId: string | undefined,
  getServer: () => ApolloServer<RequestContext>,
  anonymous: () => RequestContext,
): ApolloServerPlugin<RequestContext> {
  const accessToken = async () => {
    const { body } = await getServer().executeOperation<{
      devSignIn: { accessToken: string } | null
    }>({ query: signIn, variables: { telegramId } }, { contextValue: anonymous() })
    return body.kind === 'single' ? body.singleResult.data?.devSignIn?.accessToken : undefined
  }
  return {
    async serverWillStart(service) {
      return {
        async renderLandingPage() {
          const html = async () => {
            const token = telegramId && (await accessToken())
            const page = await ApolloServerPluginLandingPageLocalDefault({
              footer: false,
              document: profileQuery,
              variables: { telegramId, ...profileRange(new Date()) },
              headers: token ? { authorization: `Bearer ${token}` } : {},
            }).serverWillStart?.(service)
            const rendered = (await page?.renderLandingPage?.())?.html ?? ''
            return typeof rendered === 'string' ? rendered : rendered()
          }
          return { html }
        },
      }
    },
  }
}
