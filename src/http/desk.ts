import type { Context } from 'hono'
import { type Alert, render } from '../alert.ts'
import { matches } from '../interest.ts'
import { wordlessWarnings } from '../language-standing.ts'
import { type Entry, formatCursor } from '../log.ts'
import { Problem } from '../problem.ts'
import { readJson } from './body.ts'
import { publishAlert, readDelivery, revisions } from './desk-operations.ts'
import type { App, House } from './house.ts'
import type { Operation } from './operation.ts'
import { route } from './route.ts'

type Rooms = Pick<House, 'desk' | 'log' | 'outbox' | 'subscriptions' | 'sockets' | 'newsroom' | 'now'>

/** What editors do: publish, update, correct, retract, and see what happened. */
export function deskRoutes(app: App, house: Rooms): void {
  route(app, 'post', '/v1/alerts', publishAlert, async (c) => {
    const dryRun = dryRunOf(c)
    const body = await readJson(c)
    if (dryRun) return c.json(await rehearsal(house, body))
    return published(c, house, await house.desk.publish(body, idempotencyKey(c), editorId(c)))
  })

  for (const [kind, operation] of Object.entries(revisions) as [keyof typeof revisions, Operation][])
    route(app, 'post', `/v1/alerts/:id/${kind}`, operation, async (c) => {
      const body = await readJson(c)
      const id = c.req.param('id')
      return published(c, house, await house.desk.revise(kind, id, body, idempotencyKey(c), editorId(c)))
    })

  route(app, 'get', '/v1/alerts/:id/delivery', readDelivery, async (c) => {
    const id = c.req.param('id')
    if ((await house.log.latest(id)) === null)
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    c.header('Cache-Control', 'private, no-store')
    return c.json({ deliveries: await house.outbox.delivery(id) })
  })
}

function idempotencyKey(c: Context): string {
  return c.req.header('idempotency-key') ?? ''
}

function editorId(c: Context): string {
  return c.get('editor').id
}

function dryRunOf(c: Context): boolean {
  const dryRun = c.req.query('dryRun')
  if (dryRun === undefined || dryRun === 'false') return false
  if (dryRun === 'true' || dryRun === '') return true
  // A misspelt rehearsal must not go out.
  throw new Problem(400, 'unknown-parameter', 'dryRun is true or false. Nothing was published.')
}

async function published(c: Context, house: Rooms, entry: Entry): Promise<Response> {
  const { epoch } = await house.log.bounds()
  const { alert, seq } = entry
  c.header('Location', `/v1/alerts/${alert.id}`)
  const cursor = formatCursor({ epoch, seq })
  return c.json(
    { alert, seq, cursor, warnings: [...wordlessWarnings(entry), ...house.desk.warnings(alert.texts)] },
    201,
  )
}

async function rehearsal(house: Rooms, body: unknown): Promise<object> {
  const { draft, warnings } = house.desk.rehearse(body)
  const at = new Date(house.now()).toISOString()
  const expiresAt = draft.expiresAt ?? at
  const alert: Alert = { ...draft, id: '', version: 1, status: 'live', publishedAt: at, changedAt: at, expiresAt }
  return { warnings, audience: await audienceOf(house, alert), previews: previews(house, alert) }
}

async function audienceOf(house: Rooms, alert: Alert): Promise<Record<string, { push: number; sockets: number }>> {
  const reached: Record<string, { push: number; sockets: number }> = {}
  const at = (language: string) => {
    reached[language] ??= { push: 0, sockets: 0 }
    return reached[language]
  }
  for (const language of Object.keys(alert.texts)) at(language)
  for (const { interest, count } of await house.subscriptions.count()) {
    const language = matches(interest, alert)
    if (language !== null) at(language).push += count
  }
  for (const [language, count] of await house.sockets(alert)) at(language).sockets += count
  return reached
}

function previews(house: Rooms, alert: Alert): Record<string, object> {
  return Object.fromEntries(
    Object.keys(alert.texts).map((language) => {
      const { headline: title, summary: body, dir, url } = render(alert, language, house.newsroom)
      return [language, { title, body, lang: language, dir, url }]
    }),
  )
}
