import type { z } from 'zod'
import type { Authority } from '../../../auth/editor.ts'
import type { AuditLog } from '../../../desk/audit.ts'
import { parseInterest } from '../../../domain/interest.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import { mistakeLine, Problem } from '../../../domain/problem.ts'
import type { VapidSettings } from '../../../push/crypto/public-vapid.ts'
import { allKeys } from '../../../push/crypto/public-vapid.ts'
import { normalizedLine } from '../../../push/subscriptions/import-line.ts'
import { parseAddressed } from '../../../push/subscriptions/subscribe.ts'
import type { Subscription, SubscriptionStore } from '../../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../../push/subscriptions/subscription-archive.ts'
import type { App } from '../../app-env.ts'
import { route } from '../../route.ts'
import { authorityOf } from '../../sign-in.ts'
import {
  countSubscriptions,
  exportSubscriptions,
  importBytesMax,
  type importedSchema,
  importLinesMax,
  importSubscriptions,
  subscriptionLineSchema,
} from './desk-subscription-operations.ts'
import { type Line, linesType, readLines } from './json-lines.ts'
import { countsOf } from './subscription-counts.ts'

/** So many lines are checked at a time: enough to share commits, too few to hold up readers. */
const linesAtOnce = 64
const exportPageMax = 200

type Brought = z.output<typeof importedSchema>
/** What counting, exporting and importing subscriptions needs. `now`: Unix milliseconds. */
export type DeskSubscriptionsDeps = {
  readonly archive: Pick<SubscriptionArchive, 'importOne' | 'page'>
  readonly audit: Pick<AuditLog, 'note'>
  readonly subscriptions: Pick<SubscriptionStore, 'count' | 'interestOf'>
  readonly newsroom: Newsroom
  readonly vapid: VapidSettings
  /** The hosts of push services that a subscription may name; one that begins with a dot is a suffix. */
  readonly pushHosts: readonly string[]
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** Subscriptions as a whole, for the desk: how many there are, and all of them out and in for an operator who moves. */
export function deskSubscriptionRoutes(app: App, deps: DeskSubscriptionsDeps): void {
  route(app, 'get', '/v1/desk/subscriptions/count', countSubscriptions, async (c) => {
    c.header('Cache-Control', 'private, no-store')
    return c.json(countsOf(await deps.subscriptions.count(), deps.newsroom))
  })

  // An export has secrets: with one line of it and the VAPID key, anybody can push to that browser.
  route(app, 'get', '/v1/desk/subscriptions', exportSubscriptions, async (c) => {
    await deps.audit.note('subscriptions-exported', {}, authorityOf(c))
    return c.body(exported(deps), 200, {
      'Content-Type': linesType,
      'Cache-Control': 'no-store',
      'Content-Disposition': 'attachment; filename="subscriptions.ndjson"',
    })
  })

  route(app, 'post', '/v1/desk/subscriptions', importSubscriptions, async (c) => {
    const lines = await readLines(c, importBytesMax, importLinesMax)
    const by = authorityOf(c)
    await deps.audit.note('subscriptions-imported', { lines: lines.length }, by)
    c.header('Cache-Control', 'no-store')
    return c.json(await bringAll(deps, lines, by))
  })
}

/**
 * Imports each line separately: valid lines are stored whatever becomes of the others. The same import may be repeated.
 */
async function bringAll(deps: DeskSubscriptionsDeps, lines: readonly Line[], by: Authority): Promise<Brought> {
  const brought = { made: 0, kept: 0, refused: [] as Brought['refused'] }
  for (let from = 0; from < lines.length; from += linesAtOnce) {
    const some = lines.slice(from, from + linesAtOnce).filter((line) => !isCountOfLost(line))
    const results = await Promise.allSettled(some.map((line) => importLine(deps, line, by)))
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') brought[result.value] += 1
      else brought.refused.push(refusal(some[at]?.number ?? 0, result.reason))
    }
  }
  return brought
}

async function importLine(deps: DeskSubscriptionsDeps, { content }: Line, by: Authority): Promise<'made' | 'kept'> {
  const made = await parseAddressed(subscriptionLineSchema, normalizedLine(content()), deps)
  const { body: line, address, vapidKeyId, newsroom } = made
  const { audience } = line
  const interest = parseInterest(line.interest, newsroom, { level: 'urgent', audience })
  const now = deps.now()
  const createdMs = line.createdAt === undefined ? now : Math.min(Date.parse(line.createdAt), now)
  const saved = { ...address, interest, discreet: line.discreet, vapidKeyId }
  return deps.archive.importOne(saved, new Date(createdMs).toISOString(), by)
}

/** The last line of an export: how many rows could not be read. */
function isCountOfLost(line: Line): boolean {
  try {
    const content = line.content()
    return Object.keys(Object(content)).join() === 'unreadable'
  } catch {
    return false
  }
}

/** A line that was refused. What is not the line's fault is no line's answer: it ends the request. */
function refusal(line: number, reason: unknown): Brought['refused'][number] {
  // If the editor's key was revoked meanwhile, the whole import ends: that is no mistake of the line.
  if (
    !(reason instanceof Problem) ||
    reason.status === 401 ||
    reason.status === 403 ||
    reason.status === 429 ||
    reason.status >= 500
  )
    throw reason
  const detail = reason.errors.map(mistakeLine).join(' ') || reason.message
  return { line, code: reason.code, detail }
}

/** All subscriptions as lines, read page by page as fast as they are taken. */
function exported(deps: DeskSubscriptionsDeps): ReadableStream<Uint8Array> {
  let after: number | null = 0
  let lost = 0
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (after === null) return controller.close()
        try {
          const { subscriptions, next, unreadable = 0 } = await deps.archive.page(after, exportPageMax)
          after = next
          lost += unreadable
          const lines = subscriptions.map((it) => lineOf(it, deps))
          // At the end, where the number is known. An import ignores this line.
          if (next === null && lost > 0) lines.push({ unreadable: lost })
          const text = lines.map((it) => `${JSON.stringify(it)}\n`).join('')
          if (text !== '') controller.enqueue(encoder.encode(text))
          if (next === null) controller.close()
        } catch (error) {
          deps.report(error, 'exporting subscriptions')
          // The connection breaks off, so that half an export does not look like a whole one.
          controller.error(error)
        }
      },
    },
    { highWaterMark: 1 },
  )
}

function lineOf(subscription: Subscription, { vapid }: DeskSubscriptionsDeps): object {
  const { endpoint, p256dh, auth, interest, discreet, vapidKeyId, createdAt } = subscription
  const { audience, ...preferences } = interest
  const vapidPublicKey = allKeys(vapid).find(({ keyId }) => keyId === vapidKeyId)?.publicKey
  const key = vapidPublicKey === undefined ? { vapidKeyId } : { vapidKeyId, vapidPublicKey }
  return {
    subscription: { endpoint, keys: { p256dh, auth } },
    interest: preferences,
    audience,
    discreet,
    ...key,
    createdAt,
  }
}
