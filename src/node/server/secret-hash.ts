import { hash } from 'node:crypto'

/**
 * `secretHash`, computed synchronously: Web Crypto passes each digest to another thread, which takes longer than the
 * digest.
 */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url')
}
