import type { Context } from 'hono'
import { etag } from 'hono/etag'
import * as z from 'zod'
import { alertIdOf, render } from '../../domain/alert.ts'
import { languagesWithDropped } from '../../domain/newsroom-dropped.ts'
import { languageTagOf } from '../../domain/parsing/language-tag.ts'
import { Problem } from '../../domain/problem.ts'
import { ownOf } from '../../domain/rendering/in-language.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import type { Parameters } from '../../protocol/query-parameters.ts'
import type { App, AppEnv } from '../app-env.ts'
import { ninjsSchema, unchanged } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { originOf, type PagesDeps } from '../pages/page-shell.ts'
import { wordsIn } from '../pages/page-words.ts'
import { route } from '../route.ts'
import { withCorrection } from './alert-text.ts'
import { capMessage } from './cap-message.ts'
import { ninjsItem } from './ninjs-item.ts'

/** The newest versions that a CAP message refers to. */
const versionsMax = 100
const freshSeconds = 1

/** What a news item is asked for by. */
export const ninjsParameters = {
  language: {
    description: 'The language of the item. Without it, the first of the newsroom that the alert has',
    schema: z.string().optional(),
    example: 'en',
  },
} as const satisfies Parameters

const common = { tag: 'Reading', isOpenToAll: true, mayAskForTests: true, cache: 'public' } as const

const readNinjs: Operation = {
  id: 'readNinjs',
  summary: 'An alert as a news item (IPTC ninjs 3.1), with its translations',
  describedPath: '/v1/alerts/{id}.ninjs.json',
  ...common,
  query: ninjsParameters,
  answers: {
    200: { description: 'IPTC ninjs 3.1', type: 'application/json', schema: ninjsSchema },
    304: unchanged,
  },
}

const readCap: Operation = {
  id: 'readCap',
  summary: 'An alert as a message of the Common Alerting Protocol (OASIS CAP 1.2), one `info` a language',
  describedPath: '/v1/alerts/{id}.cap.xml',
  ...common,
  answers: {
    200: { description: 'OASIS CAP 1.2', type: 'application/cap+xml', schema: z.string() },
    304: unchanged,
  },
}

type Deps = Pick<PagesDeps, 'newsroom' | 'publicUrl'> & { readonly log: Pick<AlertLog, 'history'> }
type History = readonly [Entry, ...Entry[]]

/** `GET /v1/alerts/{id}.ninjs.json` and `.cap.xml`: an alert in the formats that news agencies and warning systems take. */
export function exchangeRoutes(app: App, deps: Deps): void {
  route(app, 'get', '/v1/alerts/:file{[^/]+\\.ninjs\\.json}', readNinjs, etag(), async (c) => {
    const { newsroom } = deps
    const { alert } = newestOf(await historyOf(c, deps, '.ninjs.json', 1))
    const languages = languagesWithDropped(newsroom, Object.keys(alert.texts))
    const tag = wantedLanguage(c.get('query').language, languages)
    const textIn = ({ tag, dir }: (typeof languages)[number]) =>
      withCorrection(render(alert, tag, newsroom), ownOf(alert.lastCorrections, tag), wordsIn(tag, dir))
    const texts = languages.map(textIn)
    const [text = render(alert, tag, newsroom)] = texts.filter(({ language }) => language === tag)
    const others = texts.filter(({ language }) => language !== tag)
    return c.json(ninjsItem(text, others, newsroom, originOf(c, deps)))
  })

  route(app, 'get', '/v1/alerts/:file{[^/]+\\.cap\\.xml}', readCap, etag(), async (c) => {
    const history = await historyOf(c, deps, '.cap.xml', versionsMax)
    const { newsroom } = deps
    const message = capMessage({ newsroom, history, origin: originOf(c, deps) })
    return c.body(message, 200, { 'Content-Type': 'application/cap+xml; charset=utf-8' })
  })
}

/** The newest versions of the alert that the path names, oldest first. Throws a Problem (404). */
async function historyOf(c: Context<AppEnv>, { log }: Deps, ending: string, limit: number): Promise<History> {
  const id = alertIdOf((c.req.param('file') ?? '').slice(0, -ending.length))
  const [first, ...later] = await log.history(id, { before: Number.MAX_SAFE_INTEGER, limit })
  const isTest = (later.at(-1) ?? first)?.alert.audience === 'test'
  if (first === undefined || (isTest && !c.get('editor')))
    throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
  c.header('Cache-Control', isTest ? 'private, no-store' : `public, max-age=${freshSeconds}`)
  return [first, ...later]
}

function newestOf(history: History): Entry {
  return history.at(-1) ?? history[0]
}

/** Throws a Problem (404 `no-such-alert`). */
function wantedLanguage(asked: string | undefined, languages: readonly { readonly tag: string }[]): string {
  const wanted = asked === undefined || asked === '' ? languages[0]?.tag : languageTagOf(asked)
  if (wanted !== undefined && wanted !== null && languages.some(({ tag }) => tag === wanted)) return wanted
  const known = languages.map(({ tag }) => tag).join(', ')
  throw new Problem(404, 'no-such-alert', `The alert has no text in this language. Ask for one of: ${known}.`)
}
