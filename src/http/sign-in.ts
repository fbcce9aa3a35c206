import type { Context, MiddlewareHandler } from 'hono'
import { parse as parseCookies } from 'hono/utils/cookie'
import type { Asker } from '../auth/asker.ts'
import { type Authority, type Credential, type Editor, type EditorStore, permit, type Role } from '../auth/editor.ts'
import { secretHash } from '../auth/secret.ts'
import type { House } from './deps.ts'
import { foreignOrigin, type OwnPlace } from './own-origin.ts'

export const cookieName = 'tocsin-desk'
/** What it takes to open and close sessions. */
export type Keeper = Pick<House, 'editors' | 'now'> & OwnPlace
/** What it takes to know who asks. */
type Door = Omit<Keeper, 'editors'> & Pick<House, 'hashOf'> & { readonly editors: Pick<EditorStore, 'holder'> }
type Header = (name: string) => string | undefined

const nobody: Asker = { editor: null, credential: null, foreign: null }

/**
 * Finds out who asks: by `Authorization: Bearer <key>`, else by the desk's cookie. A wrong key is as none: readers use
 * bearer tokens too. The routes that need an editor refuse.
 */
export async function whoAsks(house: Door, header: Header): Promise<Asker> {
  const { hashOf = secretHash } = house
  const bearer = /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  if (bearer !== undefined) {
    const credential: Credential = { by: 'key', hash: await hashOf(bearer) }
    const holder = await house.editors.holder(credential, timeOf(house))
    return holder === null ? nobody : { editor: holder.editor, credential, foreign: null }
  }
  const cookie = parseCookies(header('cookie') ?? '', cookieName)[cookieName]
  if (cookie === undefined) return nobody
  const credential: Credential = { by: 'session', hash: await hashOf(cookie) }
  const holder = await house.editors.holder(credential, timeOf(house))
  if (holder === null) return nobody
  // A cookie counts only for our own pages: SameSite=Strict says so to browsers, this says so again.
  const foreign = foreignOrigin(header, house, holder.origin)
  return foreign === null ? { editor: holder.editor, credential, foreign } : { ...nobody, foreign }
}

function timeOf({ now }: Pick<Door, 'now'>): string {
  return new Date(now()).toISOString()
}

/** Keeps who asks for the routes: `c.var.editor` and `c.var.asker`. */
export function signIn(house: Door): MiddlewareHandler {
  return async (c, next) => {
    const asker = await whoAsks(house, (name) => c.req.header(name))
    c.set('editor', asker.editor)
    c.set('asker', asker)
    if (asker.credential !== null) c.set('askedAt', timeOf(house))
    await next()
  }
}

/**
 * Lets pass whom the role allows, and keeps with which authority: `c.var.authority`. Throws a Problem: 401 when nobody
 * is signed in, 403 when the role is too low or the page is not ours.
 */
export function needs(role: Role): MiddlewareHandler {
  return async (c, next) => {
    const { editor, credential, foreign }: Asker = c.get('asker')
    if (foreign !== null) throw foreign
    const { id } = permit(editor, role)
    if (credential !== null) c.set('authority', { editorId: id, credential, role, at: c.get('askedAt') })
    await next()
  }
}

/** Throws a Problem (403) when the role of who asks is too low. */
export function refuseBelow(role: Role, editor: Editor): void {
  permit(editor, role)
}

/** With which authority a route behind `needs` acts; a role that it takes beyond what the route does, where given. */
export function authorityOf(c: Context, role?: Role): Authority {
  const authority: Authority = c.get('authority')
  return role === undefined ? authority : { ...authority, role }
}

/** With which authority somebody asks at a route that is open to all; null: nobody is signed in. */
export function askerOf(c: Context): Authority | null {
  const { editor, credential }: Asker = c.get('asker')
  if (editor === null || credential === null) return null
  return { editorId: editor.id, credential, role: 'writer', at: c.get('askedAt') }
}

/** Who may hear test alerts. Throws the Problem (403) that says why a session does not count. */
export function testListener({ credential, foreign }: Asker): Credential | null {
  if (foreign !== null) throw foreign
  return credential
}
