import { formerSecrets } from './former-secrets.ts'
import { openText, type TextCipher } from './webhook-keys.ts'
import type { SealedTarget } from './webhook-outbox.ts'

/** The address of a target, and the secrets that count now, the present one first. Rejects where they cannot be decrypted. */
export async function openTarget(
  cipher: TextCipher,
  target: SealedTarget,
  now: number,
): Promise<{ readonly url: string; readonly secrets: readonly string[] }> {
  const { webhookId, address, secret } = target
  const [url, present, former] = await Promise.all([
    openText(cipher, webhookId, 'address', address),
    openText(cipher, webhookId, 'secret', secret),
    formerSecrets(cipher, target, now),
  ])
  return { url, secrets: [present, ...former.map((it) => it.secret)] }
}
