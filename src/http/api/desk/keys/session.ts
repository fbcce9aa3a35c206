import * as z from 'zod'
import { type EditorStore, keyExpired } from '../../../../auth/editor.ts'
import { secretHash } from '../../../../auth/secret.ts'
import { idleMsMax, type SessionStore, sessionMsMax, sessionTimes } from '../../../../auth/sessions.ts'
import { parse } from '../../../../domain/parsing/parse.ts'
import { Problem } from '../../../../domain/problem.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import { editorAnswer } from '../../../openapi/response-schemas.ts'
import type { Operation } from '../../../operation.ts'
import { foreignOrigin, isSecurePage, type OriginSettings } from '../../../own-origin.ts'
import { route } from '../../../route.ts'
import { deleteSessionCookies, newToken, setSessionCookie } from '../../../session-cookie.ts'
import { authorityOf } from '../../../sign-in.ts'

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
      headers: {
        'Set-Cookie': {
          description: 'HttpOnly, SameSite=Strict; over https Secure, and its name begins with __Host-',
          schema: z.string(),
        },
      },
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

const sessionAnswer = z.strictObject({
  id: z.string(),
  editor: z.strictObject({ id: z.string(), name: z.string() }),
  openedOn: z.iso.date().nullable(),
  lastUsedOn: z.iso.date().nullable(),
  isCurrent: z.boolean(),
})

const desk = { tag: 'Desk', role: 'writer', cache: 'private' } as const

const listSessions: Operation = {
  ...desk,
  id: 'listSessions',
  summary: 'Where you are signed in; for admins everybody’s sessions. Days only',
  answers: {
    200: { description: 'The open sessions', schema: z.strictObject({ sessions: z.array(sessionAnswer) }) },
  },
}

const endAllSessions: Operation = {
  ...desk,
  id: 'signOutEverywhere',
  summary: 'Sign out everywhere: ends all sessions of this editor',
  answers: { 204: { description: 'They have ended' } },
}

const endSession: Operation = {
  ...desk,
  id: 'endSession',
  summary: 'End a session: your own, or as an admin anybody’s',
  answers: { 204: { description: 'It has ended' } },
}

/** What opening and closing sessions needs. `now`: Unix milliseconds; `newId`: a new UUIDv7. */
export type SessionDeps = OriginSettings & {
  readonly editors: Pick<SessionStore, 'openSession' | 'closeSession' | 'sessions' | 'endSessions'> &
    Pick<EditorStore, 'isExpired'>
  readonly now: () => number
  readonly newId: () => string
}

/** `POST`, `GET` and `DELETE /v1/desk/session`: the desk page's way in and out. */
export function sessionRoutes(app: App, deps: SessionDeps): void {
  route(app, 'post', '/v1/desk/session', signInAtDesk, async (c) => {
    const header = (name: string) => c.req.header(name)
    const foreign = foreignOrigin(header, deps)
    if (foreign !== null) throw foreign
    const secure = isSecurePage(header, c.req.url, deps)
    const { key } = parse(sessionSchema, await readJson(c), 'sign-in')
    const token = newToken(secure)
    const now = deps.now()
    const at = (ms: number) => new Date(now + ms).toISOString()
    const until = at(sessionMsMax)
    const times = { now: at(0), until: at(idleMsMax), endsAt: until }
    const session = { id: deps.newId(), tokenHash: await secretHash(token), ...times, origin: header('origin') ?? null }
    const keyHash = await secretHash(key)
    const editor = await deps.editors.openSession(keyHash, session)
    if (editor === null && (await deps.editors.isExpired(keyHash, at(0)))) throw keyExpired()
    if (editor === null)
      throw new Problem(
        401,
        'wrong-key',
        'Nobody has this key. Check that it was copied whole, or ask an admin for a new one; if no admin key is left, the operator starts the service once with ADMIN_KEY=<a new key>.',
      )
    setSessionCookie(c, token, sessionMsMax / 1_000)
    return c.json({ editor, until: sessionTimes({ until }, editor).until }, 201)
  })
  route(app, 'get', '/v1/desk/session', readSession, (c) => c.json({ editor: c.get('editor') }))
  route(app, 'delete', '/v1/desk/session', signOut, async (c) => {
    const { credential } = authorityOf(c)
    if (credential.by === 'session')
      await deps.editors.closeSession(credential.hash, new Date(deps.now()).toISOString())
    deleteSessionCookies(c)
    return c.body(null, 204)
  })

  route(app, 'get', '/v1/desk/sessions', listSessions, async (c) =>
    c.json({ sessions: await deps.editors.sessions(authorityOf(c)) }),
  )
  route(app, 'delete', '/v1/desk/sessions', endAllSessions, async (c) => {
    await deps.editors.endSessions(null, authorityOf(c))
    deleteSessionCookies(c)
    return c.body(null, 204)
  })
  route(app, 'delete', '/v1/desk/sessions/:id', endSession, async (c) => {
    if ((await deps.editors.endSessions(c.req.param('id'), authorityOf(c))) === 0)
      throw new Problem(
        404,
        'no-such-session',
        'There is no open session with this id, or it is another editor’s and you are no admin. Look in /v1/desk/sessions.',
      )
    return c.body(null, 204)
  })
}
