import type { KeyStorage } from '../../../signing/verify/key-pin.ts'
import { putStored, readStored } from '../browser-storage.ts'
import { withTimeout } from '../timeout.ts'

const name = 'signing-keys'
const answerMsMax = 5_000

/** Where this device keeps the keys that it trusts: the page and its service worker read and write the same. */
export const keptKeys: KeyStorage = { read: () => readStored(name), write: (keys) => putStored(name, keys) }

/** Asks the service for its signing keys; gives anything. Rejects where it does not answer in time. */
export async function askSigningKeys(): Promise<unknown> {
  return (await askNewsroom()).signingKeys
}

/** Asks the service what `GET /v1/newsroom` tells, whose fields may be anything. Rejects where it does not answer in time. */
export function askNewsroom(): Promise<Readonly<Record<string, unknown>>> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch('/v1/newsroom', { credentials: 'omit', cache: 'no-cache', signal })
    if (!answer.ok) throw new Error(`the newsroom was answered ${answer.status}`)
    return Object(await answer.json())
  })
}
