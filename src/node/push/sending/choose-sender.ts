import { webSignerOf } from '../../../push/crypto/webcrypto-vapid.ts'
import { http2Link } from '../http2/http2-connection.ts'
import { nodeSeal } from '../node-seal.ts'
import { ownSendingFault } from './own-sending-check.ts'
import type { PushSenderName, PushSending } from './push-sending.ts'

/** Our own implementation: no package, and one write for the frames of many requests. */
export const ownSending: PushSending = { seal: nodeSeal, signerOf: webSignerOf, http2Link }

/** The implementation of that name. Its modules are loaded only here, so that no thread loads an unused package. */
export async function pushSending(name: PushSenderName): Promise<PushSending> {
  return name === 'own' ? ownSending : (await import('../web-push/web-push-sending.ts')).webPushSending
}

/** The configured sender; `web-push`, with a warning, when the check of our own one fails. */
export async function checkedSender(
  wanted: PushSenderName,
  warn: (line: string) => void,
  fault = ownSendingFault,
): Promise<PushSenderName> {
  const why = wanted === 'own' ? fault() : null
  if (why === null) return wanted
  warn(
    `Pushes are sent by the libraries web-push and node:http2, which need more CPU: the check of ours failed (${why}).`,
  )
  return 'web-push'
}
