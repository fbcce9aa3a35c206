import { http2Link } from '../../../src/node/push/http2/http2-connection.ts'
import { nodeHttp2Link } from '../../../src/node/push/web-push/node-http2-connection.ts'

/** What speaks HTTP/2 with push services: ours and the plain one. Each is the other's oracle. */
export const http2Implementations = [
  ['our HTTP/2', http2Link],
  ['node:http2', nodeHttp2Link],
] as const
