import { utf8 } from '../../domain/parsing/base64url.ts'

// The messages of a hub: https://www.w3.org/TR/websub/

/** Adds parameters to a callback, whose own query stays as it is (§5.3). */
export function withParameters(callback: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(callback)
  const added = new URLSearchParams(parameters).toString()
  url.search = url.search === '' ? added : `${url.search}&${added}`
  return url.href
}

/** The `X-Hub-Signature` of a content (§7.1): HMAC-SHA-256 with the subscriber's secret, in hexadecimal. */
export async function hubSignature(secret: string, body: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const
  const key = await crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['sign'])
  return `sha256=${hexOf(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(body))))}`
}

/** SHA-256 in hexadecimal. */
export async function contentHash(body: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(body))))
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
