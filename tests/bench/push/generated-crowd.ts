import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { importCrowd } from '../../support/bulk-subscriptions.ts'
import { makeInterest, newId } from '../../support/push/push-deps.ts'
import { pushHost } from './push-report.ts'

/** Thirty languages, as many as the largest newsrooms of this kind have. */
export const languages =
  'en fa ps ar ru uk be ro bg hu sr bs mk sq ka hy az kk ky tg tk uz tt ba ce crh ur tr zh es'.split(' ')
const keyPairs = 200

/** Puts so many generated subscriptions, spread over the languages, and their newsroom into a service's data folder. */
export async function makeCrowd(folder: string, count: number): Promise<void> {
  const pairs = Array.from({ length: keyPairs }, makeBrowserKeys)
  function* people() {
    for (let nth = 0; nth < count; nth += 1) {
      const { pair } = pairs[nth % keyPairs] ?? makeBrowserKeys()
      const language = languages[nth % languages.length] ?? 'en'
      yield {
        address: addressOf(`https://${pushHost}/fcm/send/${newId()}`, { pair, auth: randomBytes(16) }),
        interest: makeInterest({ languages: [language] }),
      }
    }
  }
  await importCrowd(folder, people())
  const newsroom = { name: 'Bench', languages: languages.map((tag) => ({ tag })), topics: [], rules: 'none' }
  writeFileSync(join(folder, 'newsroom.json'), JSON.stringify(newsroom))
}

/** The settings of a service with such a crowd, whose pushes go to a sink. */
export function crowdSettings(
  folder: string,
  { port, cert }: { readonly port: number; readonly cert: string },
): Readonly<Record<string, string>> {
  writeFileSync(join(folder, 'ca.pem'), cert)
  return {
    NEWSROOM: join(folder, 'newsroom.json'),
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    PUSH_CONNECT_TO: `${pushHost}=127.0.0.1:${port}`,
  }
}
