import { etag } from 'hono/etag'
import { alertLimits } from '../alert.ts'
import { entryMessage } from '../frame.ts'
import { type Interest, interestQuery, matches, parseInterestQuery } from '../interest.ts'
import { type Bounds, type Cursor, type Entry, formatCursor, parseCursor, startOf } from '../log.ts'
import { Problem } from '../problem.ts'
import { bodyBytesMax } from './body.ts'
import type { App, House } from './house.ts'
import { audienceOf, refuseUnknownParameters } from './stream.ts'

const limitUsual = 50
const limitMax = 500
/** How many entries one request looks through for a narrow interest. */
const scannedEntriesMax = 5_000
const scanPage = 500

const limits = { ...alertLimits, bodyBytesMax, pageMax: limitMax }

type Rooms = Pick<House, 'log' | 'newsroom' | 'vapid'>

/** What readers and apps may read without a key: the newsroom, catch-up, one alert. */
export function alertRoutes(app: App, house: Rooms): void {
  app.get('/v1/newsroom', etag(), (c) => {
    const { name, languages, topics } = house.newsroom
    c.header('Cache-Control', 'public, max-age=60')
    return c.json({ name, languages, topics, vapidPublicKey: house.vapid.publicKey, limits })
  })

  app.get('/v1/alerts', etag(), async (c) => {
    const query = c.req.query()
    refuseUnknownParameters(query, ['languages', 'topics', 'level', 'after', 'audience', 'limit'])
    const audience = audienceOf(query.audience, c.get('editor') !== null)
    const interest = parseInterestQuery(query, house.newsroom, { level: 'routine', audience })
    const limit = parseLimit(query.limit)
    c.header('Cache-Control', audience === 'test' ? 'private, no-store' : 'public, max-age=1')
    const page = query.after
      ? await pageAfter(house, interest, parseCursor(query.after), limit)
      : await newest(house, interest, limit)
    return c.json(page)
  })

  app.get('/v1/alerts/:id', etag(), async (c) => {
    const history = await house.log.history(c.req.param('id'))
    const alert = history.at(-1)?.alert
    if (alert === undefined || (alert.audience === 'test' && c.get('editor') === null))
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    c.header('Cache-Control', alert.audience === 'test' ? 'private, no-store' : 'public, max-age=1')
    const { epoch } = await house.log.bounds()
    return c.json({ alert, history: history.map((entry) => told(house, entry, '*', epoch)) })
  })
}

function parseLimit(text: string | undefined): number {
  if (text === undefined || text === '') return limitUsual
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > limitMax)
    throw new Problem(400, 'limit-out-of-range', `limit is a whole number from 1 to ${limitMax}.`)
  return limit
}

async function newest(house: Rooms, interest: Interest, limit: number): Promise<object> {
  // The bounds first: what is appended in between is then behind the cursor's head, and comes with the next page.
  const bounds = await house.log.bounds()
  const recent = await house.log.recent(interest, limit)
  const entries = recent.filter((entry) => entry.seq <= bounds.head).reverse()
  return pageOf(house, interest, entries, bounds.head, bounds)
}

async function pageAfter(house: Rooms, interest: Interest, after: Cursor | 'now', limit: number): Promise<object> {
  const bounds = await house.log.bounds()
  const start = startOf(after, bounds, Number.POSITIVE_INFINITY)
  if (start.resume === 'reset') {
    const snapshot = `/v1/alerts?${interestQuery(interest)}`
    return { ...pageOf(house, interest, [], bounds.head, bounds), reset: { reason: start.reason, snapshot } }
  }
  const found: Entry[] = []
  let seq = start.seq
  while (seq < bounds.head && found.length < limit && seq - start.seq < scannedEntriesMax) {
    const page = await house.log.after(seq, scanPage)
    for (const entry of page) {
      if (found.length >= limit || entry.seq > bounds.head) break
      seq = entry.seq
      if (matches(interest, entry.alert) !== null) found.push(entry)
    }
    if (page.length === 0) break
  }
  return pageOf(house, interest, found, seq, bounds)
}

function pageOf(house: Rooms, interest: Interest, entries: readonly Entry[], seq: number, bounds: Bounds): object {
  const { epoch, floor, head } = bounds
  return {
    entries: entries.map((entry) => told(house, entry, matches(interest, entry.alert) ?? '*', epoch)),
    cursor: formatCursor({ epoch, seq }),
    head: formatCursor({ epoch, seq: head }),
    floor: formatCursor({ epoch, seq: Math.max(0, floor - 1) }),
  }
}

function told(house: Rooms, entry: Entry, language: string, epoch: string): object {
  const { type: _, ...told } = entryMessage(entry, language, epoch, house.newsroom)
  return told
}
