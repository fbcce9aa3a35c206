import { get } from 'node:http'

/**
 * What the front knows of a node: `ready` takes requests; `answering` answers, but says that it is not ready; `away` does
 * not answer.
 */
type NodeCondition = 'ready' | 'answering' | 'away'

/** One node behind the front. `number` counts from 1. */
export type PoolNode = { readonly number: number; readonly port: number }

/** A node's condition, and the sentence that the node gives for it when it is not ready. */
export type NodeState = PoolNode & { readonly condition: NodeCondition; readonly why: string }

const host = '127.0.0.1'
const askEveryMs = 500
const answerMsMax = 2_000
const answerBytesMax = 16_384

/** The nodes of a cluster, asked for `/readyz` all the time, and given out in turn (round robin). */
export class NodePool {
  readonly #nodes: NodeState[]
  readonly #onChange: (state: NodeState) => void
  readonly #closed = new AbortController()
  #turn = 0

  /** `onChange` is called for each node once it was asked for the first time, and whenever its state has changed. */
  constructor(nodes: readonly PoolNode[], onChange: (state: NodeState) => void = () => {}) {
    this.#nodes = nodes.map((node) => ({ ...node, condition: 'away', why: 'it was not asked yet' }))
    this.#onChange = onChange
  }

  /** Asks every node once, and then again and again until `close`. Resolves after the first answers. */
  async open(): Promise<void> {
    await Promise.all(this.#nodes.map((_, at) => this.#look(at)))
    for (const at of this.#nodes.keys()) this.#lookLater(at)
  }

  close(): void {
    this.#closed.abort()
  }

  /**
   * The next node that is ready, without those of these numbers; null: there is none. Where no node is ready, one that
   * answers: it has cached pages, and says itself why it takes nothing (in load balancers this is called fail open).
   */
  next(without: ReadonlySet<number> = new Set()): PoolNode | null {
    for (const condition of ['ready', 'answering'] as const) {
      const fit = this.#nodes.filter((node) => node.condition === condition && !without.has(node.number))
      const node = fit[this.#turn++ % Math.max(1, fit.length)]
      if (node !== undefined) return node
    }
    return null
  }

  /** A node refused a connection: it gets no requests until it answers again. */
  refused(number: number): void {
    this.#set(number - 1, 'away', 'it takes no connection')
  }

  #lookLater(at: number): void {
    const timer = setTimeout(async () => {
      await this.#look(at)
      if (!this.#closed.signal.aborted) this.#lookLater(at)
    }, askEveryMs)
    timer.unref()
  }

  async #look(at: number): Promise<void> {
    const node = this.#nodes[at]
    if (node === undefined) return
    const { condition, why } = await this.#answerOf(node.port)
    if (!this.#closed.signal.aborted) this.#set(at, condition, why)
  }

  #set(at: number, condition: NodeCondition, why: string): void {
    const node = this.#nodes[at]
    if (node === undefined || (node.condition === condition && node.why === why)) return
    const state = { ...node, condition, why }
    this.#nodes[at] = state
    this.#onChange(state)
  }

  /** Asks on a new connection, so that it is known whether the node takes one. Never rejects. */
  #answerOf(port: number): Promise<{ condition: NodeCondition; why: string }> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(answerMsMax)])
    return new Promise((resolve) => {
      const away = (error: Error) => resolve({ condition: 'away', why: whyAway(error) })
      get({ host, port, path: '/readyz', agent: false, signal }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          if (text.length < answerBytesMax) text += part
        })
        response.on('error', away)
        response.on('end', () =>
          resolve(
            response.statusCode === 200
              ? { condition: 'ready', why: '' }
              : { condition: 'answering', why: detailOf(text) ?? `its /readyz answers ${response.statusCode}` },
          ),
        )
      }).on('error', away)
    })
  }
}

function whyAway(error: Error): string {
  return 'code' in error && error.code === 'ECONNREFUSED'
    ? 'it takes no connection'
    : `it does not answer within ${answerMsMax / 1_000} s`
}

/** The sentence of a problem response (RFC 9457), without what is the same in all of them. */
function detailOf(text: string): string | null {
  try {
    const { detail } = Object(JSON.parse(text)) as { detail?: unknown }
    return typeof detail === 'string' ? detail.replace(/^Not ready: /, '').replace(/\.$/, '') : null
  } catch {
    return null
  }
}
