import type { SealedTarget } from './webhook-outbox.ts'

/** Encrypts texts at rest. `boundTo`: what it belongs to; for anything else it cannot be decrypted. */
export interface TextCipher {
  encrypt(text: string, boundTo: string): Promise<Uint8Array>
  decrypt(encrypted: Uint8Array, boundTo: string): Promise<string>
}

/** The texts of a webhook that are encrypted. */
type SecretText = 'address' | 'secret'

export function sealText(cipher: TextCipher, webhookId: string, what: SecretText, text: string): Promise<Uint8Array> {
  return cipher.encrypt(text, `${what} ${webhookId}`)
}

export function openText(cipher: TextCipher, webhookId: string, what: SecretText, sealed: Uint8Array): Promise<string> {
  return cipher.decrypt(sealed, `${what} ${webhookId}`)
}

/** The address of a target, and the secrets that count now, the present one first. Rejects where they cannot be decrypted. */
export async function openTarget(
  cipher: TextCipher,
  { webhookId, address, secret, former, formerUntil }: SealedTarget,
  now: number,
): Promise<{ readonly url: string; readonly secrets: readonly string[] }> {
  const isFormerValid = former !== null && formerUntil !== null && Date.parse(formerUntil) > now
  const sealed = isFormerValid ? [secret, former] : [secret]
  const [url, ...secrets] = await Promise.all([
    openText(cipher, webhookId, 'address', address),
    ...sealed.map((it) => openText(cipher, webhookId, 'secret', it)),
  ])
  return { url: url ?? '', secrets }
}
