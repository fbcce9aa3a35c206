import { webSignerOf } from '../../../push/crypto/webcrypto-vapid.ts'
import { http2Link } from '../http2/http2-connection.ts'
import { nodeSeal } from '../node-seal.ts'
import { ownSendingFault } from './own-sending-check.ts'
import type { PushSenderName, PushSending } from './push-sending.ts'

/** Ours: no library, the frames of many requests in one write. */
export const ownSending: PushSending = { seal: nodeSeal, signerOf: webSignerOf, http2Link }

/** The implementation of that name. What only it needs is loaded here: no thread holds the library that is not used. */
export async function pushSending(name: PushSenderName): Promise<PushSending> {
  return name === 'own' ? ownSending : (await import('../web-push/web-push-sending.ts')).webPushSending
}

/** The sender as configured; `web-push`, with a warning, when the check of ours fails. */
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
