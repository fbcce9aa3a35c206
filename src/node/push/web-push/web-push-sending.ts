import type { PushSending } from '../sending/push-sending.ts'
import { nodeHttp2Link } from './node-http2-connection.ts'
import { webPushSeal } from './web-push-seal.ts'
import { webPushSignerOf } from './web-push-vapid.ts'

/** The plain implementation: the package web-push encrypts and signs, node:http2 sends. */
export const webPushSending: PushSending = {
  seal: webPushSeal,
  signerOf: webPushSignerOf,
  http2Link: nodeHttp2Link,
}
