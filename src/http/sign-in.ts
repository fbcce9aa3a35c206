import type { MiddlewareHandler } from 'hono'
import { parse as parseCookies } from 'hono/utils/cookie'
import { type Editor, type EditorStore, mayAs, type Role } from '../editor.ts'
import { Problem } from '../problem.ts'
import type { House } from './house.ts'
import { secretHash } from './secret.ts'

export const cookieName = 'tocsin-desk'
/** What it takes to open and close sessions. */
export type Keeper = Pick<House, 'editors' | 'now' | 'publicUrl'>
/** What it takes to know who asks. */
type Door = Omit<Keeper, 'editors'> & { readonly editors: Pick<EditorStore, 'byKey' | 'bySession'> }

/** Who holds a key; null when nobody does. */
export async function editorOfKey(editors: Pick<EditorStore, 'byKey'>, key: string): Promise<Editor | null> {
  return editors.byKey(await secretHash(key))
}

/** Who asks, and by which session (its hash) if by one. */
export type Asker = { readonly editor: Editor | null; readonly session: string | null }

/**
 * Finds out who asks: by `Authorization: Bearer <key>`, else by the desk's cookie. A wrong key is as none: readers use
 * bearer tokens too. The routes that need an editor refuse.
 */
export async function whoAsks(house: Door, header: (name: string) => string | undefined): Promise<Asker> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  if (bearer !== undefined) return { editor: await editorOfKey(house.editors, bearer), session: null }
  const cookie = parseCookies(header('cookie') ?? '', cookieName)[cookieName]
  if (cookie === undefined || !fromOurPage(header, house.publicUrl)) return { editor: null, session: null }
  const session = await secretHash(cookie)
  return { editor: await house.editors.bySession(session, new Date(house.now()).toISOString()), session }
}

/** A cookie counts only for our own pages: SameSite=Strict says so to browsers, this says so again. */
function fromOurPage(header: (name: string) => string | undefined, publicUrl: string | null): boolean {
  const origin = header('origin')
  const site = header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin === undefined) return true
  const host = URL.canParse(origin) ? new URL(origin).host : ''
  return host === header('host') || origin === publicUrl
}

/** Keeps who asks for the routes: `c.var.editor` and `c.var.session`. */
export function signIn(house: Door): MiddlewareHandler {
  return async (c, next) => {
    const asker = await whoAsks(house, (name) => c.req.header(name))
    c.set('editor', asker.editor)
    c.set('session', asker.session)
    await next()
  }
}

/** Lets pass whom the role allows. Throws a Problem: 401 when nobody is signed in, 403 when the role is too low. */
export function needs(role: Role): MiddlewareHandler {
  return async (c, next) => {
    const editor: Editor | null = c.get('editor')
    if (editor === null)
      throw new Problem(
        401,
        'not-signed-in',
        'Sign in at the desk, or send Authorization: Bearer <key> with a valid key.',
      )
    refuseBelow(role, editor)
    await next()
  }
}

/** Throws a Problem (403) when the role of who asks is too low. */
export function refuseBelow(role: Role, editor: Editor): void {
  if (!mayAs(editor.role, role))
    throw new Problem(403, 'role-too-low', `This needs the role ${role}; yours is ${editor.role}. Ask an admin.`)
}
