import { deleteCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import type { EditorStore } from '../../../auth/editor.ts'
import { newSecret, secretHash } from '../../../auth/secret.ts'
import { parse } from '../../../domain/parsing/parse.ts'
import { Problem } from '../../../domain/problem.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import { editorAnswer } from '../../openapi/response-schemas.ts'
import type { Operation } from '../../operation.ts'
import { foreignOrigin, isSecurePage, type OriginSettings } from '../../own-origin.ts'
import { route } from '../../route.ts'
import { authorityOf, cookieName } from '../../sign-in.ts'

const sessionSeconds = 12 * 60 * 60

const sessionSchema = z.strictObject({ key: z.string().min(1).max(200) })

const signInAtDesk: Operation = {
  id: 'signIn',
  summary: 'Sign in at the desk',
  tag: 'Desk',
  cache: 'private',
  body: { type: 'application/json', schema: sessionSchema, example: { key: 'the key that an admin gave you' } },
  answers: {
    201: {
      description: 'A session, kept in a cookie',
      schema: z.strictObject({ editor: editorAnswer, until: z.iso.datetime({ precision: 3 }) }),
      headers: { 'Set-Cookie': { description: 'HttpOnly, SameSite=Strict; Secure over https', schema: z.string() } },
    },
  },
  problems: [401, 403],
}

const readSession: Operation = {
  id: 'readSession',
  summary: 'Who is signed in',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers: {
    200: { description: 'The editor whose key or session this is', schema: z.strictObject({ editor: editorAnswer }) },
  },
}

const signOut: Operation = {
  id: 'signOut',
  summary: 'Sign out',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers: { 204: { description: 'Signed out' } },
}

/** What opening and closing sessions needs. `now`: Unix milliseconds. */
export type SessionDeps = OriginSettings & {
  readonly editors: Pick<EditorStore, 'openSession' | 'closeSession'>
  readonly now: () => number
}

/** `POST`, `GET` and `DELETE /v1/desk/session`: the desk page's way in and out. */
export function sessionRoutes(app: App, deps: SessionDeps): void {
  route(app, 'post', '/v1/desk/session', signInAtDesk, async (c) => {
    const header = (name: string) => c.req.header(name)
    const foreign = foreignOrigin(header, deps)
    if (foreign !== null) throw foreign
    const secure = isSecurePage(header, c.req.url, deps)
    const { key } = parse(sessionSchema, await readJson(c), 'sign-in')
    const token = newSecret()
    const now = deps.now()
    const until = new Date(now + sessionSeconds * 1_000).toISOString()
    const session = { tokenHash: await secretHash(token), now: new Date(now).toISOString(), until }
    const origin = header('origin') ?? null
    const editor = await deps.editors.openSession(await secretHash(key), { ...session, origin })
    if (editor === null)
      throw new Problem(
        401,
        'wrong-key',
        'Nobody has this key. Check that it was copied whole, or ask an admin for a new one; if no admin key is left, the operator starts the service once with ADMIN_KEY=<a new key>.',
      )
    setCookie(c, cookieName, token, { httpOnly: true, sameSite: 'Strict', secure, path: '/', maxAge: sessionSeconds })
    return c.json({ editor, until }, 201)
  })
  route(app, 'get', '/v1/desk/session', readSession, (c) => c.json({ editor: c.get('editor') }))
  route(app, 'delete', '/v1/desk/session', signOut, async (c) => {
    const { credential } = authorityOf(c)
    if (credential.by === 'session') await deps.editors.closeSession(credential.hash)
    deleteCookie(c, cookieName, { path: '/' })
    return c.body(null, 204)
  })
}
