import type { TLSSocket } from 'node:tls'
import type { Seal } from '../../../push/crypto/seal.ts'
import type { VapidKeys } from '../../../push/crypto/vapid-key-set.ts'
import type { SignVapid } from '../../../push/crypto/vapid-tokens.ts'
import type { Link } from '../connections/push-connection.ts'

/** `own`: our sealing and our HTTP/2; `web-push`: the library of that name, and node:http2. */
export type PushSenderName = 'own' | 'web-push'

/** One implementation of sending pushes. */
export type PushSending = {
  /** Seals a payload for one browser (RFC 8291). */
  readonly seal: Seal
  /** Signs VAPID tokens (RFC 8292). */
  signerOf(subject: string, keys: readonly VapidKeys[]): SignVapid
  /** A connection over a TLS socket on which `h2` was agreed (RFC 9113). Rejects when its service does not speak it. */
  http2Link(host: string, socket: TLSSocket): Promise<Link>
}
