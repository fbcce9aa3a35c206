import { createRequire } from 'node:module'
import { EventSource } from 'eventsource'

/** Tells what a reader of a program was shown: `alert: Five dead`, `correction: Four dead`. */
type Hear = (line: string) => void
/** A program that nobody here wrote, told no more than its own manual says. */
export type Program = {
  readonly name: string
  /** Subscribes, gives the way to stop it once it is live. */
  readonly listen: (url: string, hear: Hear) => Promise<() => void>
}

type Message = { readonly data: string }
type Source = {
  addEventListener(name: string, heard: (event: Message) => void): void
  close(): void
}
type Socket = Source & { close(): void }
type FetchEventSource = (
  url: string,
  how: {
    signal: AbortSignal
    openWhenHidden: boolean
    onmessage: (message: Message & { readonly event: string }) => void
    onclose: () => void
  },
) => Promise<void>
type FeedParser = { parseURL(url: string): Promise<{ items: readonly Readonly<Record<string, string>>[] }> }

// As a script of Node takes them in: these are CommonJS, most of them without types that fit their export.
const require = createRequire(import.meta.url)
const { EventSourcePolyfill } = require('event-source-polyfill') as {
  EventSourcePolyfill: new (url: string) => Source
}
const ReconnectingWebSocket = require('reconnecting-websocket') as new (
  url: () => string,
  protocols: string,
  how: object,
) => Socket
const Parser = require('rss-parser') as new () => FeedParser

const streamPath = '/v1/events?languages=en'

function told(data: string): string {
  const { kind, alert } = JSON.parse(data) as { kind: string; alert: { headline: string } }
  return `${kind}: ${alert.headline}`
}

const bySource = (create: (url: string) => Source) => (url: string, hear: Hear) =>
  new Promise<() => void>((live) => {
    const source = create(url + streamPath)
    source.addEventListener('alert', ({ data }) => hear(told(data)))
    source.addEventListener('reset', ({ data }) => hear(`reset: ${data}`))
    // Whoever comes without a cursor is told the head at once.
    source.addEventListener('head', () => live(() => source.close()))
  })

const fetching = (url: string, hear: Hear) =>
  new Promise<() => void>((live, failed) => {
    // Made for pages: outside one it needs the name of their global object.
    Object.assign(globalThis, { window: globalThis, document: { removeEventListener() {} } })
    const { fetchEventSource } = require('@microsoft/fetch-event-source') as { fetchEventSource: FetchEventSource }
    const stop = new AbortController()
    fetchEventSource(url + streamPath, {
      signal: stop.signal,
      openWhenHidden: true,
      onmessage({ event, data }) {
        if (event === 'alert') hear(told(data))
        if (event === 'reset') hear(`reset: ${data}`)
        if (event === 'head') live(() => stop.abort())
      },
      onclose() {
        throw new Error('Its manual: throw to come back after an end in order.')
      },
    }).catch(failed)
  })

const socket = (url: string, hear: Hear) =>
  new Promise<() => void>((live) => {
    let cursor = ''
    const address = () => `${url.replace('http', 'ws')}/v1/socket?languages=en${cursor && `&after=${cursor}`}`
    const hints = { minReconnectionDelay: 100, maxReconnectionDelay: 1_000 }
    const stream = new ReconnectingWebSocket(address, 'tocsin.v1.json', hints)
    stream.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(data) as { type: string; cursor?: string }
      cursor = frame.cursor ?? cursor
      if (frame.type === 'alert') hear(told(data))
      if (frame.type === 'reset') hear(`reset: ${data}`)
      if (frame.type === 'welcome') live(() => stream.close())
    })
  })

const kinds: Readonly<Record<string, string>> = { Correction: 'correction', Retracted: 'retraction' }

/** A feed reader polls, and shows each entry once, as most of them do; not twice in a row under one title. */
const feed = async (url: string, hear: Hear) => {
  const parser = new Parser()
  const seen = new Set<string>()
  let last = ''
  const look = async () => {
    const { items } = await parser.parseURL(`${url}/feeds/en.atom`)
    for (const { id = '', title = '' } of [...items].reverse()) {
      if (seen.has(id)) continue
      seen.add(id)
      if (title === last) continue
      last = title
      const [, word, headline = title] = /^(Correction|Retracted): (.*)$/.exec(title) ?? []
      hear(`${kinds[word ?? ''] ?? 'alert'}: ${headline}`)
    }
  }
  await look()
  let looking = false
  const timer = setInterval(async () => {
    if (looking) return
    looking = true
    // The service is away for a while in each story: the next look finds it.
    await look().catch(() => {})
    looking = false
  }, 200)
  return () => clearInterval(timer)
}

export const programs: readonly Program[] = [
  { name: 'eventsource', listen: bySource((url) => new EventSource(url) as unknown as Source) },
  { name: 'event-source-polyfill', listen: bySource((url) => new EventSourcePolyfill(url)) },
  { name: '@microsoft/fetch-event-source', listen: fetching },
  { name: 'reconnecting-websocket', listen: socket },
  { name: 'rss-parser', listen: feed },
]
