import { hash } from 'node:crypto'

/** `secretHash`, in one step: Web Crypto hands each digest to another thread, which takes longer than making it. */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url')
}
