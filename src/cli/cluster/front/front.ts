import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { requestHeaders, responseHeaders } from './forwarded-headers.ts'
import { refuse } from './front-refusals.ts'
import type { PoolNode } from './node-pool.ts'
import { type FrontLimits, frontLimits, isConnectionRefused, type NodeChoice, optionsTo } from './node-request.ts'
import { passUpgrade } from './upgrade.ts'

const headerBytesMax = 16 * 1_024
const lookMs = 1_000

/**
 * An HTTP server that gives each request to the next node: pages, event streams and WebSockets. What a client says in
 * `X-Forwarded-For`, `-Host` and `-Proto` is replaced, as TRUST_PROXY=1 needs it.
 */
export function createFront(pool: NodeChoice, limits: FrontLimits = frontLimits): Server {
  const agent = new Agent({ keepAlive: true })
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(lookMs, limits.headersMs),
    maxHeaderSize: headerBytesMax,
    noDelay: true,
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  })
  server.on('request', (incoming, outgoing) => new Exchange(pool, limits, agent, incoming, outgoing).start())
  server.on('upgrade', (incoming, socket, head) => passUpgrade(pool, limits, { incoming, socket, head }))
  server.on('close', () => agent.destroy())
  return server
}

/** One request and its response. */
class Exchange {
  readonly #pool
  readonly #limits
  readonly #agent
  readonly #incoming
  readonly #outgoing
  readonly #tried = new Set<number>()
  #isOver = false
  /** A node may have carried it out already, and it may not be carried out twice. */
  #isSent = false

  constructor(
    pool: NodeChoice,
    limits: FrontLimits,
    agent: Agent,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ) {
    this.#pool = pool
    this.#limits = limits
    this.#agent = agent
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  start(): void {
    this.#outgoing.on('close', () => {
      this.#isOver = true
    })
    this.#outgoing.sendDate = false
    this.#toNext()
  }

  #toNext(): void {
    if (this.#isOver) return
    const node = this.#pool.next(this.#tried)
    if (node === null) return void refuse(this.#incoming, this.#outgoing, 'no-node')
    this.#tried.add(node.number)
    try {
      this.#send(node)
    } catch {
      refuse(this.#incoming, this.#outgoing, 'target-unreadable')
    }
  }

  #send(node: PoolNode): void {
    const headers = requestHeaders(this.#incoming)
    // A kept connection may be that of a node that has just ended: only what may be sent again goes on one.
    const agent = isRepeatable(this.#incoming) ? this.#agent : false
    const upstream = request({ ...optionsTo(node, this.#incoming), headers, agent })
    const end = () => upstream.destroy()
    this.#outgoing.on('close', end)
    const late = setTimeout(() => upstream.destroy(new Error('late')), this.#limits.answerMs)
    upstream.on('response', (response) => {
      clearTimeout(late)
      this.#answer(upstream, response)
    })
    upstream.on('close', () => clearTimeout(late))
    upstream.on('error', (error) => {
      this.#outgoing.off('close', end)
      this.#failed(node, error)
    })
    this.#sendBody(upstream)
  }

  /** Nothing is sent before there is a connection: until then another node can be asked. */
  #sendBody(upstream: ClientRequest): void {
    if (isRepeatable(this.#incoming)) return void upstream.end()
    upstream.on('socket', (socket) => {
      const begin = () => {
        this.#isSent = true
        this.#incoming.pipe(upstream)
      }
      if (socket.connecting) socket.once('connect', begin)
      else begin()
    })
    // Node gives a request a connection only once something of it is to be sent.
    upstream.flushHeaders()
  }

  #answer(upstream: ClientRequest, response: IncomingMessage): void {
    const { statusCode = 502, statusMessage } = response
    this.#outgoing.writeHead(statusCode, statusMessage, responseHeaders(response))
    this.#outgoing.flushHeaders()
    upstream.setTimeout(this.#limits.silentMs, () => upstream.destroy())
    // A response that breaks off must not look whole.
    response.on('error', () => this.#outgoing.destroy())
    response.pipe(this.#outgoing)
  }

  #failed({ number }: PoolNode, error: Error): void {
    if (this.#isOver || this.#outgoing.headersSent) return void this.#outgoing.destroy()
    if (isConnectionRefused(error)) this.#pool.refused(number)
    const isLate = error.message === 'late'
    if (!isLate && !this.#isSent) this.#toNext()
    else refuse(this.#incoming, this.#outgoing, isLate ? 'node-silent' : 'node-lost')
  }
}

/** Whether a request may be carried out twice: it has no body, and its method changes nothing (RFC 9110 §9.2.2). */
function isRepeatable({ method = '', headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return !hasBody && ['GET', 'HEAD', 'OPTIONS'].includes(method)
}
