import type { TLSSocket } from 'node:tls'
import type { Seal } from '../../../push/crypto/seal.ts'
import type { VapidKeys } from '../../../push/crypto/vapid-key-set.ts'
import type { SignVapid } from '../../../push/crypto/vapid-tokens.ts'
import type { Link } from '../connections/push-connection.ts'

/** `own`: our encryption and our HTTP/2; `web-push`: the package of that name and node:http2. */
export type PushSenderName = 'own' | 'web-push'

/** An implementation of sending pushes. */
export type PushSending = {
  /** Encrypts a payload for one browser (RFC 8291). */
  readonly seal: Seal
  /** Signs VAPID tokens (RFC 8292). */
  signerOf(subject: string, keys: readonly VapidKeys[]): SignVapid
  /** Makes a connection over a TLS socket with ALPN `h2` (RFC 9113). Rejects when the service does not speak HTTP/2. */
  http2Link(host: string, socket: TLSSocket): Promise<Link>
}
