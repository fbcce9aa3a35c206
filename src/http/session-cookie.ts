import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import { parse } from 'hono/utils/cookie'
import { newSecret } from '../auth/secret.ts'

/** The cookie of a session of a page on https: browsers take it from this host alone, and only over https (RFC 6265bis §4.1.3). */
export const secureCookieName = '__Host-tocsin-desk'
/** That of a page on http, such as http://localhost. */
export const plainCookieName = 'tocsin-desk'

/** What the tokens of sessions of https begin with. In a cookie of the plain name they count for nothing: a page of a subdomain, or one on http, could have put it there. */
const securePrefix = 'h.'

/** A new token for a session. */
export function newToken(isSecure: boolean): string {
  return isSecure ? `${securePrefix}${newSecret()}` : newSecret()
}

/** Whether a session's token is one of https. */
export function isSecureToken(token: string): boolean {
  return token.startsWith(securePrefix)
}

/** The token in a request's cookies; null: there is none. */
export function tokenIn(header: string | undefined): string | null {
  const secure = valueIn(header, secureCookieName)
  if (secure !== null) return secure
  const plain = valueIn(header, plainCookieName)
  return plain === null || isSecureToken(plain) ? null : plain
}

/** Whether a request has a key or the cookie of a session: the answer may be for its client alone. */
export function hasCredentials({
  authorization,
  cookie,
}: {
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
}): boolean {
  return authorization !== undefined || tokenIn(cookie) !== null
}

function valueIn(header = '', name: string): string | null {
  return parse(header, name)[name] ?? null
}

/** Sets the cookie of a session, with the seconds until its end. One of the other name is deleted if it came along. */
export function setSessionCookie(c: Context, token: string, seconds: number): void {
  const secure = isSecureToken(token)
  const name = secure ? secureCookieName : plainCookieName
  setCookie(c, name, token, { ...attributes(secure), maxAge: Math.max(0, Math.floor(seconds)) })
  const other = secure ? plainCookieName : secureCookieName
  if (valueIn(c.req.header('cookie'), other) !== null) deleteOne(c, other)
}

/** Deletes the cookies of a session that came with the request; the plain one also where none came. */
export function deleteSessionCookies(c: Context): void {
  const cookies = c.req.header('cookie')
  const isSecure = valueIn(cookies, secureCookieName) !== null
  if (isSecure) deleteOne(c, secureCookieName)
  if (!isSecure || valueIn(cookies, plainCookieName) !== null) deleteOne(c, plainCookieName)
}

function deleteOne(c: Context, name: string): void {
  setCookie(c, name, '', { ...attributes(name === secureCookieName), maxAge: 0 })
}

function attributes(secure: boolean) {
  return { httpOnly: true, sameSite: 'Strict', secure, path: '/' } as const
}
