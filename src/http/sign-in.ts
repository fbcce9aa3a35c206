import type { Context, MiddlewareHandler } from 'hono'
import {
  type Authority,
  type Credential,
  type Editor,
  type EditorStore,
  keyExpired,
  permit,
  type Role,
} from '../auth/editor.ts'
import type { NoteUse } from '../auth/key-use.ts'
import type { Requester } from '../auth/requester.ts'
import { secretHash } from '../auth/secret.ts'
import { idleMsMax, overlapMs, renewAfterMs, type SessionStore, sessionMsMax } from '../auth/sessions.ts'
import { Problem } from '../domain/problem.ts'
import { foreignOrigin, type OriginSettings } from './own-origin.ts'
import { problemAnswer } from './problem-response.ts'
import { isSecureToken, newToken, setSessionCookie, tokenIn } from './session-cookie.ts'

/** What finding out who asks needs. `now`: Unix milliseconds. */
export type AuthenticationDeps = OriginSettings & {
  /** `isExpired`: absent where no key is asked for. */
  readonly editors: Pick<EditorStore, 'holder'> & Partial<Pick<EditorStore, 'isExpired'>>
  readonly now: () => number
  /** The platform's own `secretHash`, where that is cheaper than Web Crypto's. */
  readonly hashOf?: (secret: string) => string
  /** Is called with every use of a key or a session. */
  readonly noteUse?: NoteUse
}
/** Counts a wrong key from where a request came; the seconds to wait, 0: none. `bindings`: what the platform passed with it. */
export type NoteWrongKey = (bindings: unknown) => number

/**
 * `sessions`: where sessions are given new tokens; absent in a process that only reads. `noteWrongKey`: absent where no key
 * is asked for.
 */
export type SignInDeps = AuthenticationDeps & {
  readonly sessions?: Pick<SessionStore, 'renewSession'>
  readonly noteWrongKey?: NoteWrongKey
}
type Header = (name: string) => string | undefined

const nobody: Requester = { editor: null, credential: null, foreignOrigin: null }

/**
 * Authenticates a request: by `Authorization: Bearer <key>`, else by the desk's cookie. A wrong key counts as none,
 * because readers use bearer tokens too. Routes that need an editor refuse the request.
 */
export async function authenticate(deps: AuthenticationDeps, header: Header): Promise<Requester> {
  const { hashOf = secretHash } = deps
  const bearer = bearerIn(header)
  if (bearer !== undefined) {
    const credential: Credential = { by: 'key', hash: await hashOf(bearer) }
    const at = timeOf(deps)
    const holder = await deps.editors.holder(credential, at)
    if (holder === null) return { ...nobody, isKeyWrong: true }
    deps.noteUse?.(holder, credential, at)
    return { editor: holder.editor, credential, foreignOrigin: null }
  }
  const token = tokenIn(header('cookie'))
  if (token === null) return nobody
  const credential: Credential = { by: 'session', hash: await hashOf(token) }
  const at = timeOf(deps)
  const holder = await deps.editors.holder(credential, at)
  if (holder === null) return nobody
  // A cookie counts only for our own pages. SameSite=Strict makes browsers enforce that; this checks it again.
  const foreign = foreignOrigin(header, deps, holder.origin)
  if (foreign !== null) return { ...nobody, foreignOrigin: foreign }
  deps.noteUse?.(holder, credential, at)
  const isOld = holder.issuedAt !== null && Date.parse(at) - Date.parse(holder.issuedAt) >= renewAfterMs
  return { editor: holder.editor, credential, foreignOrigin: null, ...(isOld ? { oldToken: token } : {}) }
}

function bearerIn(header: Header): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1]
}

function timeOf({ now }: Pick<AuthenticationDeps, 'now'>): string {
  return new Date(now()).toISOString()
}

/** Middleware that authenticates requests: sets `c.var.editor`, `c.var.requester` and `c.var.askedAt`; renews sessions. */
export function signIn(deps: SignInDeps): MiddlewareHandler {
  return async (c, next) => {
    const requester = await authenticate(deps, (name) => c.req.header(name))
    c.set('editor', requester.editor)
    c.set('requester', requester)
    if (requester.credential !== null) c.set('askedAt', timeOf(deps))
    if (requester.isKeyWrong === true) c.set('isKeyExpired', () => isKeyExpired(c, deps))
    await next()
    slowDown(c, requester, deps)
    if (deps.sessions !== undefined && requester.oldToken !== undefined && c.get('authority') !== undefined)
      await renew(c, requester.oldToken, deps.sessions, deps)
  }
}

/** Whether the key that a request has is one that has ended by itself. */
async function isKeyExpired(c: Context, deps: AuthenticationDeps): Promise<boolean> {
  const { hashOf = secretHash, editors } = deps
  const bearer = bearerIn((name) => c.req.header(name))
  return bearer !== undefined && (await editors.isExpired?.(await hashOf(bearer), timeOf(deps))) === true
}

/** Answers a wrong key with 429 where too many have come from its address. */
function slowDown(c: Context, { isKeyWrong }: Requester, { noteWrongKey }: SignInDeps): void {
  const { error } = c
  if (!(error instanceof Problem)) return
  if (error.code !== 'wrong-key' && !(error.code === 'not-signed-in' && isKeyWrong === true)) return
  const waitSeconds = noteWrongKey?.(c.env) ?? 0
  if (waitSeconds === 0) return
  c.res = undefined
  c.res = problemAnswer(
    new Problem(
      429,
      'too-many-wrong-keys',
      'Nobody has this key, and many wrong ones came from this address. Wait before you try another; a right key is taken at once. If it was right before, it has been revoked: ask an admin for a new one.',
      { retryAfterSeconds: waitSeconds },
    ),
  )
}

/**
 * Gives a session another token, and its cookie to the response. Only behind a route that needs a role: no cache stores
 * those. Where it fails, the former token goes on.
 */
async function renew(
  c: Context,
  oldToken: string,
  sessions: NonNullable<SignInDeps['sessions']>,
  deps: AuthenticationDeps,
): Promise<void> {
  const { hashOf = secretHash, now } = deps
  const token = newToken(isSecureToken(oldToken))
  const ms = now()
  const after = (more: number) => new Date(ms + more).toISOString()
  const renewal = { now: after(0), until: after(idleMsMax), overlapUntil: after(overlapMs) }
  const tokenHash = await hashOf(token)
  const isRenewed = await sessions.renewSession(await hashOf(oldToken), { tokenHash, ...renewal }).catch(() => false)
  if (isRenewed) setSessionCookie(c, token, sessionMsMax / 1_000)
}

/**
 * Requires at least this role, and sets `c.var.authority`. Throws a Problem: 401 when nobody is signed in,
 * 403 when the role is too low or the page is not ours.
 */
export function requireRole(role: Role): MiddlewareHandler {
  return async (c, next) => {
    const { editor, credential, foreignOrigin }: Requester = c.get('requester')
    if (foreignOrigin !== null) throw foreignOrigin
    if (editor === null && (await c.get('isKeyExpired')?.())) throw keyExpired()
    const { id } = permit(editor, role)
    if (credential !== null) c.set('authority', { editorId: id, credential, role, at: c.get('askedAt') })
    await next()
  }
}

/** Throws a Problem (403) when the role of who asks is too low. */
export function refuseBelow(role: Role, editor: Editor): void {
  permit(editor, role)
}

/**
 * The authority of a request to a route with a role. `role`: the role that the act needs, where it is higher than the
 * route's.
 */
export function authorityOf(c: Context, role?: Role): Authority {
  const authority: Authority = c.get('authority')
  return role === undefined ? authority : { ...authority, role }
}

/** The authority of a request to a route that is open to all; null: nobody is signed in. */
export function optionalAuthority(c: Context): Authority | null {
  const { editor, credential }: Requester = c.get('requester')
  if (editor === null || credential === null) return null
  return { editorId: editor.id, credential, role: 'writer', at: c.get('askedAt') }
}

/**
 * The credential by which a request may get test alerts; null: none. Throws a Problem (403) for a cookie from another
 * origin.
 */
export function testListener({ credential, foreignOrigin }: Requester): Credential | null {
  if (foreignOrigin !== null) throw foreignOrigin
  return credential
}
