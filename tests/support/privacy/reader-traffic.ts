import { randomBytes } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import type { Route } from '../../../src/http/route.ts'
import type { Reader } from '../push/push-service.ts'
import { addressOf, routes } from '../routes.ts'
import type { Mark } from './reader-marks.ts'

/** A loopback address of the reader's own: the peer of each connection. */
const peerAddress = '127.77.66.55'
const proxiedAddress = '198.51.100.77'

const answerMsMax = 20_000

/** Routes that need no key: all that a reader can do. */
export const readersRoutes: readonly Route[] = routes.filter(({ operation }) => operation.role === undefined)

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

/**
 * A reader with things to be known by, who uses every route, rightly and wrongly. `proxied`: their address comes in
 * X-Forwarded-For and the platform's own header, not by the connection alone.
 */
export class MarkedReader {
  readonly url: string
  readonly #reader: Reader
  readonly #proxied: boolean
  readonly #marks: Mark[] = []
  #own: { readonly path: string; readonly token: string } | null = null
  /** How many requests were answered with each status. */
  readonly statuses = new Map<number, number>()
  /** Answers that set a cookie, that let a browser tell others where a reader comes from, or that let pages load from elsewhere. */
  readonly careless = new Set<string>()

  constructor(url: string, reader: Reader, { proxied }: { readonly proxied: boolean }) {
    this.url = url
    this.#reader = reader
    this.#proxied = proxied
    const { p256dh, auth } = reader.address
    this.#marks.push({ name: 'the push endpoint', value: reader.id })
    this.#marks.push({ name: 'the key p256dh', value: p256dh }, { name: 'the key auth', value: auth })
    this.#marks.push({ name: 'the address', value: proxied ? proxiedAddress : peerAddress })
  }

  /** All that this reader could be known by, so far. */
  get marks(): readonly Mark[] {
    return this.#marks
  }

  /** The same marks, where what the service made up for the reader may be in other places as well. */
  withOwnNumbersIn(places: readonly string[]): { readonly marks: readonly Mark[] } {
    const more = (given: readonly string[] = []) => (given.length === 0 ? given : [...given, ...places])
    return { marks: this.#marks.map((it) => ({ ...it, storedIn: more(it.storedIn), hashIn: more(it.hashIn) })) }
  }

  /** Something new to be known by. */
  mark(name: string, storedIn: readonly string[] = []): string {
    const value = `mk${randomBytes(9).toString('hex')}`
    this.#marks.push({ name, value, storedIn })
    return value
  }

  /** What was made for the reader by the service. */
  #given(mark: Mark): void {
    this.#marks.push(mark)
  }

  /** A write from another origin, or on a condition, is refused before anything else. */
  #headers(method: string): Record<string, string> {
    return {
      'user-agent': `Mozilla/5.0 ${this.mark('the user agent')}`,
      referer: `https://${this.mark('the referrer')}.example/page`,
      'accept-language': `${this.mark('the language')}, en;q=0.5`,
      cookie: `tocsin=${this.mark('a cookie')}; other=${this.mark('another cookie')}`,
      'last-event-id': this.mark('a cursor'),
      ...(method === 'GET'
        ? { 'if-none-match': `"${this.mark('an ETag')}"`, origin: `https://${this.mark('the origin')}.example` }
        : {}),
      'sec-ch-ua-platform': this.mark('the platform'),
      ...(this.#proxied
        ? {
            'x-forwarded-for': proxiedAddress,
            'cf-connecting-ip': proxiedAddress,
            forwarded: `for=${proxiedAddress}`,
            'cf-ipcountry': this.mark('the country'),
          }
        : {}),
    }
  }

  /** One request; of an answer that does not end, its beginning. */
  ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        method,
        localAddress: peerAddress,
        headers: { ...this.#headers(method), ...headers },
        agent: false,
      }
      const asked = request(new URL(path, this.url), options, (answer) => {
        const { statusCode: status = 0 } = answer
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
        this.#checkHeaders(`${method} ${path.replace(/[?].*/, '')}: ${status}`, answer.headers)
        let text = ''
        const end = () => {
          resolve({ status, headers: answer.headers, text })
          asked.destroy()
        }
        answer.on('data', (chunk) => {
          text += chunk
          if (answer.headers['content-type']?.startsWith('text/event-stream')) end()
        })
        answer.once('end', end)
        answer.once('error', end)
      })
      asked.once('error', reject)
      asked.setTimeout(answerMsMax, () => asked.destroy(new Error(`no answer to ${method} ${path}`)))
      asked.end(body)
    })
  }

  #checkHeaders(what: string, headers: IncomingHttpHeaders): void {
    // An event stream is no document: nothing is loaded or followed from it.
    const isStream = headers['content-type']?.startsWith('text/event-stream') === true
    const policy = String(headers['content-security-policy'])
    if (headers['set-cookie'] !== undefined) this.careless.add(`${what} sets a cookie`)
    if (isStream) return
    if (headers['referrer-policy'] !== 'no-referrer') this.careless.add(`${what} has no referrer policy`)
    if (!policy.startsWith("default-src 'none'") || /https?:|\*/.test(policy))
      this.careless.add(`${what} lets others in`)
  }

  /** Uses each route that needs no key, with and without mistakes. Gives the patterns that were used. */
  async useEveryRoute(alertId: string): Promise<ReadonlySet<string>> {
    const used = new Set<string>()
    for (const route of readersRoutes) {
      used.add(route.path)
      const method = route.method.toUpperCase()
      for (const address of [addressOf(route, alertId), addressOf(route, this.mark('a name in a path'))]) {
        await this.ask(method, address, bodyHeaders(method), bodyOf(method, '{}'))
        const query = `?q=${this.mark('a query')}&topics=${this.mark('a topic')}&languages=${this.mark('a language')}`
        await this.ask(method, `${address}${query}`, bodyHeaders(method), bodyOf(method, this.#brokenBody()))
      }
      await this.ask('PATCH', addressOf(route, alertId), {}, this.mark('a body'))
      await this.ask(method, addressOf(route, alertId), { authorization: `Bearer ${this.mark('a key')}` })
    }
    for (const path of ['/assets/', '/icons/', '/v1/', '/en/', '/%2e%2e/']) {
      await this.ask('GET', `${path}${this.mark('a path')}`, { accept: 'text/html' })
    }
    return used
  }

  #brokenBody(): string {
    return `{ "subscription": { "endpoint": "https://${this.mark('a wrong endpoint')}.example/" }, "${this.mark('a field')}": `
  }

  /** Subscribes, asks, changes, tests until it is refused, tries what is not theirs; stays subscribed. */
  async subscribe({
    idsIn,
    tokenHashesIn,
  }: Readonly<Record<'idsIn' | 'tokenHashesIn', readonly string[]>>): Promise<void> {
    const { endpoint, p256dh, auth } = this.#reader.address
    const whole = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify(whole)
    const first = await this.ask('POST', '/v1/subscriptions', json, body)
    if (first.status !== 201) throw new Error(`${first.status}: ${first.text}`)
    const { id, token } = JSON.parse(first.text) as { id: string; token: string }
    this.#given({ name: 'the id of the subscription', value: id, storedIn: idsIn })
    this.#given({ name: 'its token', value: token, hashIn: tokenHashesIn })
    const bearer = { authorization: `Bearer ${token}` }
    const again = JSON.parse((await this.ask('POST', '/v1/subscriptions', json, body)).text) as { token: string }
    this.#own = { path: `/v1/subscriptions/${id}`, token: again.token }
    this.#given({ name: 'its newer token', value: again.token, hashIn: tokenHashesIn })
    const own = `/v1/subscriptions/${id}`
    for (const headers of [bearer, { authorization: `Bearer ${again.token}` }, {}])
      for (const method of ['GET', 'PUT', 'POST']) {
        const change = JSON.stringify({ interest: { languages: ['en'], level: 'routine' }, discreet: true })
        await this.ask(method, method === 'POST' ? `${own}/test` : own, { ...json, ...headers }, bodyOf(method, change))
      }
    for (let nth = 0; nth < 4; nth += 1)
      await this.ask('POST', `${own}/test`, { authorization: `Bearer ${again.token}` })
    await this.ask('DELETE', own, { authorization: `Bearer ${this.mark('a wrong token')}` })
    for (const broken of [
      { ...whole, [this.mark('an unknown field')]: this.mark('its value') },
      {
        ...whole,
        subscription: { endpoint: `${endpoint}/${this.mark('a longer endpoint')}`, keys: { p256dh, auth: 'x' } },
      },
      { ...whole, subscription: { endpoint: `https://${this.mark('a host')}.example/x`, keys: { p256dh, auth } } },
      { ...whole, interest: { languages: [this.mark('an unknown language')] } },
    ])
      await this.ask('POST', '/v1/subscriptions', json, JSON.stringify(broken))
    await this.ask('POST', '/v1/subscriptions', { 'content-type': this.mark('a content type') }, body)
    await this.ask('POST', '/v1/subscriptions', json, `${' '.repeat(70_000)}${this.mark('a long body')}`)
  }

  /** Changes what the reader is subscribed to; gives the status of the answer. */
  async changeInterest(): Promise<number> {
    const headers = { authorization: `Bearer ${this.#own?.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ interest: { languages: ['fa'], level: 'flash' } })
    return (await this.ask('PUT', this.#own?.path ?? '', headers, body)).status
  }

  /** A server that subscribes to a feed: its request comes from somewhere, too. */
  async subscribeServer(topic: string): Promise<void> {
    const form = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.topic': topic,
      'hub.callback': `https://push.example/${this.mark('a callback')}`,
      'hub.secret': this.mark('a secret'),
    })
    await this.ask('POST', '/v1/websub', { 'content-type': 'application/x-www-form-urlencoded' }, form.toString())
  }

  /** Opens sockets and event streams, up to the limit and beyond it, and says what it should not. */
  async listen(streams: number): Promise<void> {
    const sockets = Array.from({ length: streams }, () => {
      const query = new URLSearchParams({ languages: 'en' })
      const socket = new WebSocket(new URL(`/v1/socket?${query}`, this.url.replace('http', 'ws')), {
        localAddress: peerAddress,
        headers: this.#headers('PUT'),
      } as object)
      const opened = new Promise<void>((resolve) => {
        socket.once('message', () => resolve())
        socket.once('unexpected-response', () => socket.terminate())
        socket.once('close', () => resolve())
        socket.on('error', () => resolve())
      })
      return { socket, opened }
    })
    await Promise.all(sockets.map(({ opened }) => opened))
    await this.ask('GET', '/v1/events?languages=en&after=now')
    await this.ask('GET', `/v1/events?languages=en&after=${this.mark('a cursor of a stream')}`)
    const ended = sockets.map(
      ({ socket }) =>
        new Promise<void>((resolve) => {
          if (socket.readyState >= WebSocket.CLOSING) resolve()
          socket.once('close', () => resolve())
        }),
    )
    for (const { socket } of sockets.filter((it) => it.socket.readyState === WebSocket.OPEN)) {
      socket.send(JSON.stringify({ type: 'interest', languages: [this.mark('a language of a message')], topics: [] }))
      socket.send(`not JSON ${this.mark('a message')}`)
      socket.close(4_999, this.mark('a reason'))
    }
    await Promise.all(ended)
  }

  /** What is no HTTP, and requests that break off. */
  async speakBrokenly(): Promise<void> {
    const { hostname, port } = new URL(this.url)
    const texts = [
      `GET /${this.mark('a raw path')} HTTP/9.9\r\n\r\n`,
      `${this.mark('a raw line')}\r\n\r\n`,
      `GET /en/ HTTP/1.1\r\nHost: ${this.mark('a host header')}\r\nX Broken ${this.mark('a raw header')}\r\n\r\n`,
      `POST /v1/subscriptions HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\n${this.mark('half a body')}`,
      `GET /en/${'a'.repeat(70_000)}${this.mark('a long path')} HTTP/1.1\r\nHost: here\r\n\r\n`,
      `GET /en/ HTTP/1.1\r\nHost: here\r\nX-Long: ${'a'.repeat(70_000)}${this.mark('a long header')}\r\n\r\n`,
    ]
    for (const text of texts)
      await new Promise<void>((resolve) => {
        const socket = connect({ host: hostname, port: Number(port), localAddress: peerAddress })
        socket.on('error', () => undefined)
        socket.once('close', () => resolve())
        socket.resume()
        socket.write(text, () => setTimeout(() => socket.end(), 50))
        setTimeout(() => socket.destroy(), 1_000).unref()
      })
  }
}

function bodyOf(method: string, body: string): string | undefined {
  return method === 'POST' || method === 'PUT' ? body : undefined
}

function bodyHeaders(method: string): Record<string, string> {
  return bodyOf(method, '') === undefined ? {} : { 'content-type': 'application/json' }
}
