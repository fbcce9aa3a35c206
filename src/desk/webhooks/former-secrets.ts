import { openText, sealText, type TextCipher } from './webhook-keys.ts'
import type { SealedTarget } from './webhook-outbox.ts'

/** How long a former secret counts after a new one was made: receivers change over meanwhile. */
export const formerSecretMs = 24 * 60 * 60_000
/** So many count at once, at the most: each is one more signature of every message. */
export const formerSecretsMax = 10

/** A secret, and the time until which it counts. */
type FormerSecret = { readonly secret: string; readonly until: string }

/** The former secrets that count now, the newest first. */
export async function formerSecrets(
  cipher: TextCipher,
  { webhookId, former, formerUntil }: Pick<SealedTarget, 'webhookId' | 'former' | 'formerUntil'>,
  now: number,
): Promise<readonly FormerSecret[]> {
  if (former === null || formerUntil === null) return []
  const text = await openText(cipher, webhookId, 'secret', former)
  const secrets: readonly FormerSecret[] = text.startsWith('[')
    ? JSON.parse(text)
    : [{ secret: text, until: formerUntil }]
  return secrets.filter(({ until }) => Date.parse(until) > now)
}

/**
 * Former secrets as one encrypted text; null beyond `formerSecretsMax`. One alone is stored as it is, which services of an
 * older version read too.
 */
export async function sealFormerSecrets(
  cipher: TextCipher,
  webhookId: string,
  secrets: readonly FormerSecret[],
): Promise<Uint8Array | null> {
  const [newest, ...others] = secrets
  if (newest === undefined) throw new Error('a webhook that gets another secret has had one')
  if (secrets.length > formerSecretsMax) return null
  return sealText(cipher, webhookId, 'secret', others.length === 0 ? newest.secret : JSON.stringify(secrets))
}
