import { alertIdOf } from '../../domain/alert.ts'
import { interestKey, parseInterestQuery } from '../../domain/interest.ts'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import { feedParameters, parseCursor } from '../../protocol/interest-parameters.ts'
import { type Parameters, readParameters } from '../../protocol/query-parameters.ts'
import { versionBefore } from '../pages/list/older-versions.ts'
import { choiceOf } from '../pages/reader-page.ts'
import { historyParameters, pageParameters, parseLimit } from './alerts.ts'

const publicFrom = { level: 'routine', audience: 'public' } as const
const oneAlert = /^\/v1\/alerts\/([A-Za-z0-9-]+)$/
const bundle = /^\/v1\/bundle\/([A-Za-z0-9-]+)$/
const feed = /^\/feeds\/([A-Za-z0-9-]+)(\.atom|\.json)$/
const page = /^\/([A-Za-z0-9-]+)\/(alerts\/[A-Za-z0-9-]+)?$/

/** What the key of a bundle begins with: it is the one read that changes with the time alone. */
export const bundleKeyStart = 'bundle '

/**
 * The cache key of a public read: the same for all URLs with the same response, however they are written. Null where
 * the response may not be shared: the URL is refused, redirected or not known here.
 */
export function readKey(path: string, search: string, newsroom: Newsroom): string | null {
  const query = new URLSearchParams(search)
  try {
    if (path === '/v1/alerts') return alertsKey(query, newsroom)
    const [, id] = oneAlert.exec(path) ?? []
    if (id !== undefined) return `alert ${id} ${afterKey(readParameters(query, historyParameters).after)}`
    const [, bundleTag] = bundle.exec(path) ?? []
    if (bundleTag !== undefined) return bundleKey(bundleTag, query, newsroom)
    const [, feedTag, ending] = feed.exec(path) ?? []
    if (feedTag !== undefined) return feedKey(feedTag, ending ?? '', query, newsroom)
    const [, pageTag, alert] = page.exec(path) ?? []
    return pageTag === undefined ? null : pageKey(pageTag, alert, query, newsroom)
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

function alertsKey(search: URLSearchParams, newsroom: Newsroom): string | null {
  const query = readParameters(search, pageParameters)
  if (query.audience !== undefined && query.audience !== 'public') return null
  const interest = parseInterestQuery(query, newsroom, publicFrom)
  return `alerts ${interestKey(interest)} ${parseLimit(query.limit)} ${afterKey(query.after)}`
}

function bundleKey(tag: string, search: URLSearchParams, newsroom: Newsroom): string | null {
  readParameters(search, {})
  const language = languageOf(newsroom, tag)
  return language === undefined ? null : `${bundleKeyStart}${language.tag}`
}

function afterKey(after: string | undefined): string {
  if (after === undefined || after === '') return ''
  const cursor = parseCursor(after)
  return cursor === 'now' ? cursor : formatCursor(cursor)
}

function feedKey(tag: string, ending: string, search: URLSearchParams, newsroom: Newsroom): string | null {
  const language = languageOf(newsroom, tag)
  if (language === undefined) return null
  const {
    topics = '',
    level = '',
    before = '',
  } = readParameters(search, feedParameters satisfies Parameters, {
    passesOverTracking: true,
  })
  const interest = parseInterestQuery({ languages: language.tag, topics, level }, newsroom, publicFrom)
  return `feed ${ending} ${interestKey(interest)} ${alertIdOf(before)}`
}

/** A page ignores unknown parameters, so only its interest and which part it shows are in the key. */
function pageKey(tag: string, alert: string | undefined, search: URLSearchParams, newsroom: Newsroom): string | null {
  // Another spelling of the tag is redirected with its whole query, so that each URL has its own response.
  if (languageOf(newsroom, tag)?.tag !== tag) return null
  if (alert !== undefined) return `page ${tag} ${alert} ${versionBefore(search.get('before')) ?? ''}`
  return `page ${tag} ${interestKey(choiceOf(search, tag, newsroom))} ${alertIdOf(search.get('before') ?? '')}`
}
