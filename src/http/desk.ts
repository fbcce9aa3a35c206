import type { Context } from 'hono'
import { z } from 'zod'
import { type Alert, type Kind, render } from '../alert.ts'
import { roles } from '../editor.ts'
import { matches } from '../interest.ts'
import { wordlessWarnings } from '../language-standing.ts'
import { type Entry, formatCursor } from '../log.ts'
import { parse } from '../parse.ts'
import { Problem } from '../problem.ts'
import { cleanText } from '../text.ts'
import { readJson } from './body.ts'
import type { App, House } from './house.ts'
import { newSecret, secretHash } from './secret.ts'
import { needs } from './sign-in.ts'

/** The body of `POST /v1/desk/editors`. */
export const newEditorSchema = z.strictObject({
  name: z.string().min(1).max(100).transform(cleanText),
  role: z.enum(roles),
})

type Rooms = Pick<
  House,
  'desk' | 'log' | 'editors' | 'outbox' | 'subscriptions' | 'sockets' | 'newsroom' | 'now' | 'newId'
>

const kindOf = { update: 'update', correction: 'correction', retraction: 'retraction' } as const satisfies Record<
  string,
  Exclude<Kind, 'alert'>
>

/** What editors do: publish, update, correct, retract, see what happened, and keep the keys. */
export function deskRoutes(app: App, house: Rooms): void {
  app.post('/v1/alerts', needs('editor'), async (c) => {
    const dryRun = dryRunOf(c)
    const body = await readJson(c)
    if (dryRun) return c.json(await rehearsal(house, body))
    return published(c, house, await house.desk.publish(body, idempotencyKey(c), editorId(c)))
  })

  for (const [path, kind] of Object.entries(kindOf))
    app.post(`/v1/alerts/:id/${path}`, needs('editor'), async (c) => {
      const body = await readJson(c)
      const id = c.req.param('id')
      return published(c, house, await house.desk.revise(kind, id, body, idempotencyKey(c), editorId(c)))
    })

  app.get('/v1/alerts/:id/delivery', needs('writer'), async (c) => {
    const id = c.req.param('id')
    if ((await house.log.latest(id)) === null)
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    c.header('Cache-Control', 'private, no-store')
    return c.json({ deliveries: await house.outbox.delivery(id) })
  })
}

/** `GET`, `POST` and `DELETE /v1/desk/editors`: the keys, for admins. */
export function editorRoutes(app: App, house: Pick<Rooms, 'editors' | 'now' | 'newId'>): void {
  app.get('/v1/desk/editors', needs('admin'), async (c) => c.json({ editors: await house.editors.list() }))

  app.post('/v1/desk/editors', needs('admin'), async (c) => {
    const { name, role } = parse(newEditorSchema, await readJson(c), 'editor')
    const key = newSecret()
    const editor = { id: house.newId(), name, role, createdAt: new Date(house.now()).toISOString() }
    await house.editors.add(editor, await secretHash(key))
    return c.json({ editor, key }, 201)
  })

  app.delete('/v1/desk/editors/:id', needs('admin'), async (c) => {
    const id = c.req.param('id')
    const admins = (await house.editors.list()).filter((editor) => editor.role === 'admin')
    if (admins.length === 1 && admins[0]?.id === id)
      throw new Problem(
        409,
        'last-admin',
        'This is the last admin. Add another one first, or nobody can keep the keys.',
      )
    if (!(await house.editors.revoke(id, new Date(house.now()).toISOString())))
      throw new Problem(404, 'no-such-editor', 'There is no editor with this id, or the key was revoked already.')
    return c.body(null, 204)
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
