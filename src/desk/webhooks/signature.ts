import { type Bytes, utf8 } from '../../domain/parsing/base64url.ts'

// The signatures of Standard Webhooks, version 1: https://github.com/standard-webhooks/standard-webhooks

const prefix = 'whsec_'
const secretBytes = 32

/** A new secret that messages are signed with: random bytes in base64 after `whsec_`. */
export function newWebhookSecret(): string {
  return prefix + btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(secretBytes))))
}

/** What a message is sent with. `timestampSeconds`: of this attempt, since 1970. */
export type SignedMessage = { readonly id: string; readonly timestampSeconds: number; readonly body: string }

/** The headers of a message: its id, the time, and a signature with each secret, so that a receiver may have either. */
export async function signedHeaders(
  message: SignedMessage,
  secrets: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const signatures = await Promise.all(secrets.map((secret) => signature(message, secret)))
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

async function signature({ id, timestampSeconds, body }: SignedMessage, secret: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const
  const key = await crypto.subtle.importKey('raw', secretBytesOf(secret), algorithm, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, utf8(`${id}.${timestampSeconds}.${body}`))
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`
}

function secretBytesOf(secret: string): Bytes {
  return Uint8Array.from(atob(secret.slice(prefix.length)), (char) => char.charCodeAt(0))
}
