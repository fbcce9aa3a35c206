import * as z from 'zod'
import { type EditorStore, roles } from '../../../../auth/editor.ts'
import { newSecret, secretHash } from '../../../../auth/secret.ts'
import { levels } from '../../../../domain/alert-types.ts'
import { instant, requiredText } from '../../../../domain/parsing/fields.ts'
import { parse } from '../../../../domain/parsing/parse.ts'
import { invalid, type Mistake, Problem } from '../../../../domain/problem.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import { editorAnswer } from '../../../openapi/response-schemas.ts'
import type { Operation } from '../../../operation.ts'
import { route } from '../../../route.ts'
import { authorityOf } from '../../../sign-in.ts'
import { idempotencyKeyHeader, keyedRequestOf } from '../../idempotency-key.ts'

const uniqueLevels = z
  .array(z.enum(levels))
  .min(1)
  .max(levels.length)
  .transform((given) => levels.filter((level) => given.includes(level)))
  .describe('The levels that the key may publish and approve; absent: all.')

/** The body of `POST /v1/desk/editors`. */
const newEditorSchema = z.strictObject({
  name: requiredText(100, 'name'),
  role: z.enum(roles),
  levels: uniqueLevels.optional(),
  expiresAt: instant.optional().describe('When the key ends by itself; absent: it does not.'),
})

const expiryMsMax = 5 * 366 * 24 * 60 * 60_000

/** What is wrong with the end of a key. */
function expiryMistakes(expiresAt: string | undefined, now: number): readonly Mistake[] {
  if (expiresAt === undefined) return []
  const ms = Date.parse(expiresAt)
  const wrong = (code: string, detail: string) => [{ pointer: '/expiresAt', code, detail }]
  if (ms <= now) return wrong('time-passed', `expiresAt is ${expiresAt}, which has passed. Give a later time, or none.`)
  return ms > now + expiryMsMax
    ? wrong('key-too-long', `expiresAt is ${expiresAt}, more than five years ahead. Give an earlier time.`)
    : []
}

const listedEditor = editorAnswer
  .extend({ lastUsedOn: z.iso.date().nullable().describe('The day on which the key was last used.') })
  .meta({ id: 'ListedEditor' })

const listEditors: Operation = {
  id: 'listEditors',
  summary: 'Who holds a key',
  tag: 'Desk',
  role: 'admin',
  cache: 'private',
  answers: { 200: { description: 'Everyone with a key', schema: z.strictObject({ editors: z.array(listedEditor) }) } },
}

const addEditor: Operation = {
  id: 'addEditor',
  summary: 'Make a key; it is shown once',
  tag: 'Desk',
  role: 'admin',
  cache: 'private',
  body: {
    type: 'application/json',
    schema: newEditorSchema,
    example: { name: 'Sam', role: 'editor', levels: ['urgent', 'routine'] },
  },
  headers: { 'Idempotency-Key': idempotencyKeyHeader },
  answers: { 201: { description: 'The key', schema: z.strictObject({ editor: editorAnswer, key: z.string() }) } },
  problems: [409],
}

const revokeEditor: Operation = {
  id: 'revokeEditor',
  summary: 'Revoke a key',
  tag: 'Desk',
  role: 'admin',
  cache: 'private',
  answers: { 204: { description: 'The key is revoked' } },
  problems: [409],
}

/** What the routes of the editors' keys need. `now`: Unix milliseconds; `newId`: a new UUIDv7. */
export type EditorsDeps = {
  readonly editors: Pick<EditorStore, 'add' | 'list' | 'revoke'>
  readonly now: () => number
  readonly newId: () => string
}

/** `GET`, `POST` and `DELETE /v1/desk/editors`: the keys, for admins. */
export function editorRoutes(app: App, deps: EditorsDeps): void {
  route(app, 'get', '/v1/desk/editors', listEditors, async (c) => c.json({ editors: await deps.editors.list() }))

  route(app, 'post', '/v1/desk/editors', addEditor, async (c) => {
    const body = await readJson(c)
    const {
      name,
      role,
      levels: allowed,
      expiresAt,
    } = parse(newEditorSchema, body, 'editor', (raw) => {
      const end = instant.safeParse(Object(raw).expiresAt)
      return end.success ? expiryMistakes(end.data, deps.now()) : []
    })
    if (role === 'writer' && allowed !== undefined)
      throw invalid('editor', [
        { pointer: '/levels', code: 'writer-levels', detail: 'A writer publishes nothing. Leave levels out.' },
      ])
    const key = newSecret()
    const limits = allowed === undefined || allowed.length === levels.length ? {} : { levels: allowed }
    const end = expiresAt === undefined ? {} : { expiresAt }
    const editor = { id: deps.newId(), name, role, createdAt: new Date(deps.now()).toISOString(), ...limits, ...end }
    const request = await keyedRequestOf(c, addEditor.id, body)
    await deps.editors.add(editor, await secretHash(key), authorityOf(c), request)
    return c.json({ editor, key }, 201)
  })

  route(app, 'delete', '/v1/desk/editors/:id', revokeEditor, async (c) => {
    const id = c.req.param('id')
    if (!(await deps.editors.revoke(id, new Date(deps.now()).toISOString(), authorityOf(c))))
      throw new Problem(404, 'no-such-editor', 'There is no editor with this id, or the key was revoked already.')
    return c.body(null, 204)
  })
}
