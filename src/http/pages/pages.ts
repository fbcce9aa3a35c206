import type { Context, Next } from 'hono'
import { etag } from 'hono/etag'
import * as z from 'zod'
import { alertIdOf } from '../../domain/alert.ts'
import { type Language, languageOf, usualLanguage } from '../../domain/newsroom.ts'
import { languageTagOf } from '../../domain/parsing/language-tag.ts'
import { Problem } from '../../domain/problem.ts'
import { deskLanguages } from '../../locales/locales.ts'
import type { Entry } from '../../log/log.ts'
import type { App } from '../app-env.ts'
import { negotiate } from '../negotiate.ts'
import type { Operation } from '../operation.ts'
import { route, searchOf } from '../route.ts'
import { alertPage, otherLanguagesPage } from './alert-page.ts'
import { deskPage } from './desk-page.ts'
import { helpPage } from './help-page.ts'
import { cardsListed, listedCount, listedVersions, versionsListed } from './list/list-budget.ts'
import { alertsBefore } from './list/older-alerts.ts'
import { entriesBefore, versionBefore } from './list/older-versions.ts'
import { notFoundMain, originOf, type PagesDeps, shell } from './page-shell.ts'
import { type Html, wordsOf } from './page-words.ts'
import { privacyPage } from './privacy-page.ts'
import { choiceOf, olderAlertsPage, readerPage } from './reader-page.ts'

const freshSeconds = 5
const tag = ':lang{(?:[A-Za-z]{2,8}|[IXix])(?:-[A-Za-z0-9]{1,8})*}'

const page = (id: string, summary: string, cache: Operation['cache']): Operation => ({
  id,
  summary,
  tag: 'Pages',
  cache,
  passesOverUnknownParameters: true,
  answers: { 200: { description: 'A page', type: 'text/html', schema: z.string() } },
})
const home = page('home', "Leads to the page in the reader's language", 'public')
const desk = page('desk', 'The desk', 'private')
const readerPageOperation = page('readerPage', 'The newest alerts in a language', 'public')
const helpPageOperation = page('helpPage', 'How to get notifications in each browser', 'public')
const alertPageOperation = page('alertPage', 'An alert with its history', 'public')
const privacyHome = page('privacyHome', "Leads to the page on privacy in the reader's language", 'public')
const privacyOperation = page('privacyPage', 'What is stored about readers and what is not', 'public')

/**
 * The pages: `GET /`, `/{lang}/`, `/{lang}/notifications`, `/{lang}/alerts/{id}`, `/{lang}/privacy` and `/desk`,
 * all complete without script but the desk.
 */
export function pageRoutes(app: App, deps: PagesDeps): void {
  route(app, 'get', '/', home, (c) => toLanguage(c, deps, '/'))
  route(app, 'get', '/privacy', privacyHome, (c) => toLanguage(c, deps, '/privacy'))
  route(app, 'get', '/desk', desk, (c) => {
    c.header('Cache-Control', 'no-store')
    return c.html(deskPage(deps.newsroom, deskLanguage(c)))
  })
  // The pattern matches any word. A page exists only for a language of the newsroom.
  const isThere = (path: string) => languageOf(deps.newsroom, path.split('/')[1] ?? '') !== undefined
  route(app, 'get', `/${tag}`, { ...home, isThere }, (c, next) => {
    const language = languageOf(deps.newsroom, c.req.param('lang'))
    return language ? c.redirect(`/${language.tag}/${new URL(c.req.url).search}`, 301) : next()
  })
  route(app, 'get', `/${tag}/`, { ...readerPageOperation, isThere }, etag(), (c, next) =>
    inLanguage(c, deps, next, (language) => reader(c, deps, language)),
  )
  route(app, 'get', `/${tag}/notifications`, { ...helpPageOperation, isThere }, etag(), (c, next) =>
    inLanguage(c, deps, next, async (language) =>
      fresh(c, helpPage({ newsroom: deps.newsroom, words: wordsOf(language), origin: originOf(c, deps) })),
    ),
  )
  route(app, 'get', `/${tag}/alerts/:id`, { ...alertPageOperation, isThere }, etag(), (c, next) =>
    inLanguage(c, deps, next, (language) => oneAlert(c, deps, language), droppedLanguage),
  )
  route(app, 'get', `/${tag}/privacy`, { ...privacyOperation, isThere }, etag(), (c, next) =>
    inLanguage(c, deps, next, (language) => fresh(c, privacyPage(deps.newsroom, wordsOf(language), originOf(c, deps)))),
  )
}

/** Redirects to a page in the reader's language. */
function toLanguage(c: Context, deps: PagesDeps, path: string): Response {
  c.header('Vary', 'Accept-Language')
  c.header('Cache-Control', 'private, no-cache')
  return c.redirect(`/${wanted(c, deps).tag}${path}${new URL(c.req.url).search}`, 302)
}

/** The page for an address that leads nowhere, in the reader's language. For the app's own `notFound` as well. */
export async function notFoundPage(c: Context, deps: Pick<PagesDeps, 'newsroom'>): Promise<Response> {
  const { newsroom } = deps
  const language = languageOf(newsroom, c.req.path.split('/')[1] ?? '') ?? wanted(c, deps)
  const words = wordsOf(language)
  c.header('Vary', 'Accept, Accept-Language')
  c.header('Cache-Control', 'no-cache')
  const title = `${words.text('notFound')} · ${newsroom.name}`
  return c.html(await shell({ newsroom, words, title, main: notFoundMain(newsroom, words) }), 404)
}

async function inLanguage(
  c: Context,
  deps: PagesDeps,
  next: Next,
  answer: (language: Language) => Promise<Response>,
  otherwise: (tag: string) => Language | undefined = () => undefined,
): Promise<Response | undefined> {
  const asked = c.req.param('lang') ?? ''
  const language = languageOf(deps.newsroom, asked) ?? otherwise(asked)
  if (language === undefined) {
    await next()
    return undefined
  }
  if (language.tag === asked) return answer(language)
  const { pathname, search } = new URL(c.req.url)
  // The tag may be percent-encoded, so the rest of the path is found by the second slash.
  return c.redirect(`/${language.tag}${pathname.slice(pathname.indexOf('/', 1))}${search}`, 301)
}

/** A language that the newsroom may have dropped since: the pages of alerts stay. */
function droppedLanguage(asked: string): Language | undefined {
  const tag = languageTagOf(asked)
  return tag === null ? undefined : usualLanguage(tag)
}

async function reader(c: Context, deps: PagesDeps, language: Language): Promise<Response> {
  const { newsroom, log } = deps
  const search = searchOf(c)
  const choice = choiceOf(search, language.tag, newsroom)
  const before = search.get('before')
  // The cursor is read first: an entry between the two reads is sent twice, never missed.
  const { epoch, head } = await log.bounds()
  const fitting = (found: readonly Entry[]) => listedCount(found, choice, newsroom, before ? 'older' : 'newest')
  const part = await alertsBefore(log, choice, before, cardsListed.max, fitting).catch(problemless)
  if (part === null) return notFoundPage(c, deps)
  const page = { newsroom, words: wordsOf(language), choice, ...part, origin: originOf(c, deps) }
  if (before) return fresh(c, olderAlertsPage(page))
  const { pageHeartbeatSeconds } = deps
  const { publicKey } = deps.vapid
  return fresh(
    c,
    readerPage({ ...page, pageHeartbeatSeconds, cursor: { epoch, seq: head }, vapidPublicKey: publicKey }),
  )
}

/** A person is shown a page where a program gets a Problem. */
function problemless(error: unknown): null {
  if (error instanceof Problem && error.status === 404) return null
  throw error
}

async function oneAlert(c: Context, deps: PagesDeps, language: Language): Promise<Response> {
  const { newsroom, log } = deps
  const id = alertIdOf(c.req.param('id') ?? '')
  const [first, ...later] = await log.history(id, { before: Number.MAX_SAFE_INTEGER, limit: versionsListed.max })
  const latest = later.at(-1) ?? first
  // A test alert has no public page.
  if (first === undefined || latest === undefined || latest.alert.audience !== 'public') return notFoundPage(c, deps)
  const words = wordsOf(language)
  if (!Object.hasOwn(latest.alert.texts, language.tag) && languageOf(newsroom, language.tag) === undefined)
    return notFoundPage(c, deps)
  if (!Object.hasOwn(latest.alert.texts, language.tag))
    return c.html(await otherLanguagesPage(latest.alert, newsroom, words), 404)
  const { epoch } = await log.bounds()
  const history = [first, ...later] as const
  const found = await entriesBefore(log, id, versionBefore(searchOf(c).get('before')), history)
  const listed = listedVersions(found.toReversed(), language.tag, newsroom)
  const versions = found.slice(found.length - listed)
  const { pageHeartbeatSeconds } = deps
  return fresh(
    c,
    alertPage({ newsroom, words, history, versions, epoch, origin: originOf(c, deps), pageHeartbeatSeconds }),
  )
}

async function fresh(c: Context, page: Html): Promise<Response> {
  c.header('Cache-Control', `public, max-age=${freshSeconds}, stale-while-revalidate=60`)
  return c.html(await page)
}

/** The desk's language: the one that was asked for, else by Accept-Language, of those that have words for it. */
function deskLanguage(c: Context): string {
  const asked = deskLanguages.find((tag) => tag === searchOf(c).get('lang'))
  const [first = usualLanguage('en'), ...others] = deskLanguages.map(usualLanguage)
  return asked ?? negotiate(c.req.header('Accept-Language'), [first, ...others]).tag
}

function wanted(c: Context, { newsroom }: Pick<PagesDeps, 'newsroom'>): Language {
  const [first, ...others] = newsroom.languages
  if (first === undefined) throw new Error('a newsroom has at least one language')
  return negotiate(c.req.header('Accept-Language'), [first, ...others])
}
