import type { Context, MiddlewareHandler } from 'hono'
import { parse as parseCookies } from 'hono/utils/cookie'
import { type Authority, type Credential, type Editor, type EditorStore, permit, type Role } from '../auth/editor.ts'
import type { Requester } from '../auth/requester.ts'
import { secretHash } from '../auth/secret.ts'
import { foreignOrigin, type OriginSettings } from './own-origin.ts'

export const cookieName = 'tocsin-desk'
/** What finding out who asks needs. `now`: Unix milliseconds. */
export type AuthenticationDeps = OriginSettings & {
  readonly editors: Pick<EditorStore, 'holder'>
  readonly now: () => number
  /** The platform's own `secretHash`, where that is cheaper than Web Crypto's. */
  readonly hashOf?: (secret: string) => string
}
type Header = (name: string) => string | undefined

const nobody: Requester = { editor: null, credential: null, foreignOrigin: null }

/**
 * Authenticates a request: by `Authorization: Bearer <key>`, else by the desk's cookie. A wrong key counts as none,
 * because readers use bearer tokens too. Routes that need an editor refuse the request.
 */
export async function authenticate(deps: AuthenticationDeps, header: Header): Promise<Requester> {
  const { hashOf = secretHash } = deps
  const bearer = /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  if (bearer !== undefined) {
    const credential: Credential = { by: 'key', hash: await hashOf(bearer) }
    const holder = await deps.editors.holder(credential, timeOf(deps))
    return holder === null ? nobody : { editor: holder.editor, credential, foreignOrigin: null }
  }
  const cookie = parseCookies(header('cookie') ?? '', cookieName)[cookieName]
  if (cookie === undefined) return nobody
  const credential: Credential = { by: 'session', hash: await hashOf(cookie) }
  const holder = await deps.editors.holder(credential, timeOf(deps))
  if (holder === null) return nobody
  // A cookie counts only for our own pages. SameSite=Strict makes browsers enforce that; this checks it again.
  const foreign = foreignOrigin(header, deps, holder.origin)
  return { ...(foreign === null ? { editor: holder.editor, credential } : nobody), foreignOrigin: foreign }
}

function timeOf({ now }: Pick<AuthenticationDeps, 'now'>): string {
  return new Date(now()).toISOString()
}

/** Middleware that authenticates requests: sets `c.var.editor`, `c.var.requester` and `c.var.askedAt`. */
export function signIn(deps: AuthenticationDeps): MiddlewareHandler {
  return async (c, next) => {
    const requester = await authenticate(deps, (name) => c.req.header(name))
    c.set('editor', requester.editor)
    c.set('requester', requester)
    if (requester.credential !== null) c.set('askedAt', timeOf(deps))
    await next()
  }
}

/**
 * Requires at least this role, and sets `c.var.authority`. Throws a Problem: 401 when nobody is signed in,
 * 403 when the role is too low or the page is not ours.
 */
export function requireRole(role: Role): MiddlewareHandler {
  return async (c, next) => {
    const { editor, credential, foreignOrigin }: Requester = c.get('requester')
    if (foreignOrigin !== null) throw foreignOrigin
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
