import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { listen } from '../../../src/client/listen.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import { cleaning } from '../../support/scratch.ts'
import { liveServer } from '../../support/streams/live-server.ts'

const clean = cleaning()

const writers = ['raw', 'node'] as const

/** `raw`: past Node's parser and `ServerResponse`; `node`: by them. */
async function serve(streamWriter: (typeof writers)[number], limits: Parameters<typeof liveServer>[0] = {}) {
  const server = await liveServer(limits, { streamWriter })
  clean(() => server.close())
  return server
}

/** A bare connection that has sent some text and keeps all that comes. */
async function say(url: string, text: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  clean(() => socket.destroy())
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  socket.write(text)
  const head = () => bytes.toString().split('\r\n\r\n')[0] ?? ''
  const body = () => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
  const hears = (part: string) => expect.poll(() => bytes.toString(), { timeout: 5_000 }).toContain(part)
  return { socket, closed, head, body, hears, text: () => bytes.toString() }
}

/** Takes chunks apart (RFC 9112 §7.1). Throws where they are not well made. Gives whether the last one came. */
function unchunk(bytes: Buffer): { text: string; ended: boolean } {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf('\r\n', at)
    const size = bytes.subarray(at, line).toString()
    if (!/^[0-9a-f]+$/.test(size)) throw new Error(`${JSON.stringify(size)} is not a chunk's size`)
    const end = line + 2 + Number.parseInt(size, 16)
    if (bytes.subarray(end, end + 2).toString() !== '\r\n') throw new Error('a chunk does not end where it said')
    if (size === '0') return { text: Buffer.concat(parts).toString(), ended: end + 2 === bytes.length }
    parts.push(bytes.subarray(line + 2, end))
    at = end + 2
  }
  return { text: Buffer.concat(parts).toString(), ended: false }
}

const get = (version = '1.1', method = 'GET', query = '', more = '') =>
  `${method} /v1/events${query} HTTP/${version}\r\nHost: x\r\n${more}\r\n`

describe.each(writers)('written by %s', (writer) => {
  test('its headers keep proxies from holding it back or changing it', async () => {
    const server = await serve(writer)
    const peer = await say(server.url, get('1.1', 'GET', '', 'Accept-Encoding: gzip, br\r\n'))
    await peer.hears('event: head')
    const lines = peer.head().split('\r\n')
    expect(lines[0]).toBe('HTTP/1.1 200 OK')
    for (const line of [
      'Content-Type: text/event-stream; charset=utf-8',
      'Cache-Control: no-cache, no-transform',
      'X-Accel-Buffering: no',
      'Access-Control-Allow-Origin: *',
      'Transfer-Encoding: chunked',
      'Heartbeat-Seconds: 25',
    ])
      expect(lines).toContain(line)
    expect(peer.head()).not.toMatch(/^(content-length|content-encoding|etag|set-cookie):/im)
  })

  test.each([10, 40])(
    'our client knows how often it is heard: every %i s, and when the silence is too long',
    async (heartbeatSeconds) => {
      const server = await serve(writer, { heartbeatSeconds })
      const world = fakeWorld()
      const states: string[] = []
      const listening = listen({
        url: server.url,
        transport: 'events',
        world,
        onEntry() {},
        onState: (state) => states.push(state),
      })
      clean(() => listening.close())
      await expect.poll(() => states).toEqual(['connecting', 'live'])
      world.pass(heartbeatSeconds * 2_500 - 1)
      expect(states.at(-1)).toBe('live')
      world.pass(1)
      expect(states.at(-1)).toBe('waiting')
    },
  )

  test('every event is a well-made chunk in any script, and the stream ends as HTTP wants it', async () => {
    const server = await serve(writer)
    const peer = await say(server.url, get())
    await peer.hears('event: head')
    for (let seq = 1; seq <= 3; seq += 1)
      server.append({ texts: { fa: { headline: `خبر ${seq}`, summary: '👩‍👩‍👧 \u2028 \n' } } })
    await peer.hears('e.3')
    server.hub.goodbye(1_000)
    server.hub.closeSome(1, 4200, 'over')
    await expect.poll(() => unchunk(peer.body()).ended).toBe(true)
    const events = unchunk(peer.body()).text.split('\n\n')
    expect(events[0]).toMatch(/^retry: \d+$/)
    expect(events.slice(1).map((event) => /event: (\w+)/.exec(event)?.[1])).toEqual([
      'head',
      'alert',
      'alert',
      'alert',
      'goodbye',
      undefined,
    ])
    for (const event of events.slice(1, -1)) {
      const lines = event.split('\n')
      expect(lines.filter((line) => line.startsWith('data: '))).toHaveLength(1)
      JSON.parse(lines.find((line) => line.startsWith('data: '))?.slice(6) ?? '')
    }
  })

  test('a peer of HTTP/1.0 gets no chunks, and the end of the connection is the end of the stream', async () => {
    const server = await serve(writer)
    const peer = await say(server.url, get('1.0'))
    await peer.hears('event: head')
    server.append()
    await peer.hears('event: alert')
    expect(peer.head()).not.toMatch(/transfer-encoding/i)
    expect(peer.head()).toMatch(/^Connection: close$/m)
    expect(peer.body().toString()).toMatch(
      /^retry: \d+\n\nid: e\.0\nevent: head\ndata: \{.*\}\n\nid: e\.1\nevent: alert\ndata: \{.*\}\n\n$/,
    )
    server.hub.closeSome(1, 4200, 'over')
    await peer.closed
  })

  test('HEAD has the headers of GET and no body, takes no place, and the connection closes as after GET', async () => {
    const server = await serve(writer)
    const peer = await say(server.url, get('1.1', 'HEAD'))
    await peer.hears('text/event-stream')
    expect(peer.head()).toMatch(/^connection: close$/im)
    await peer.closed
    expect(peer.body().toString()).toBe('')
    expect([server.admission.open, server.hub.size]).toEqual([0, 0])
  })

  test('Last-Event-ID wins over after, and what lies between comes before live', async () => {
    const server = await serve(writer)
    for (let count = 0; count < 4; count += 1) server.append()
    const peer = await say(server.url, get('1.1', 'GET', '?after=e.4', 'Last-Event-ID: e.2\r\n'))
    await peer.hears('event: live')
    const { text } = unchunk(peer.body())
    expect([...text.matchAll(/^id: (.*)\nevent: (.*)$/gm)].map(([, id, event]) => `${id} ${event}`)).toEqual([
      'e.3 alert',
      'e.4 alert',
      'e.4 live',
    ])
  })

  test('a peer that hangs up gives its place back', async () => {
    const server = await serve(writer)
    const peer = await say(server.url, get())
    await peer.hears('event: head')
    expect([server.admission.open, server.hub.size]).toEqual([1, 1])
    peer.socket.destroy()
    await expect.poll(() => [server.admission.open, server.hub.size]).toEqual([0, 0])
  })

  test('a peer that was full and reads again is sent everything it missed, once', async () => {
    const server = await serve(writer, { fullMsMax: 60_000 })
    const peer = await say(server.url, get())
    await peer.hears('event: head')
    peer.socket.pause()
    let sent = 0
    while (server.hub.states().full === 0) {
      for (let count = 0; count < 20; count += 1) server.append()
      sent += 20
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let count = 0; count < 5; count += 1) server.append()
    sent += 5
    peer.socket.resume()
    const seqs = () => [...peer.text().matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq))
    await expect.poll(() => seqs().length, { timeout: 30_000 }).toBe(sent)
    expect(seqs()).toEqual(Array.from({ length: sent }, (_, nth) => nth + 1))
    expect(server.hub.states()).toMatchObject({ live: 1, full: 0 })
  })

  test('a peer that stays full is cut, and its place given back', async () => {
    const server = await serve(writer, { fullMsMax: 0, heartbeatSeconds: 1 })
    const peer = await say(server.url, get('1.1', 'GET', '?languages=en'))
    await peer.hears('event: head')
    peer.socket.pause()
    while (server.hub.states().full === 0) {
      server.append({ texts: { en: { headline: 'Much', summary: 'z'.repeat(200_000) } } })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const places = () => {
      server.hub.beat(0)
      return [server.hub.size, server.admission.open]
    }
    await expect.poll(places, { timeout: 10_000 }).toEqual([0, 0])
    expect([...server.streamCounters.cuts]).toEqual([[4101, 1]])
  })

  test('a reader of whom nothing is wanted for long is moved on by heads, and comes back to what is new alone', async () => {
    const server = await serve(writer, { heartbeatSeconds: 1 })
    const heard: number[] = []
    const hear = (after?: string) => {
      const listening = listen({
        ...{ url: server.url, languages: ['hu'], transport: 'events' as const, after },
        onEntry: ({ seq }) => void heard.push(seq),
      })
      clean(() => listening.close())
      return listening
    }
    const first = hear()
    await expect.poll(() => first.cursor).toBe('e.0')
    for (let count = 0; count < 5; count += 1) server.append()
    const beaten = () => {
      server.hub.beat(0)
      return first.cursor
    }
    await expect.poll(beaten).toBe('e.5')
    first.close()
    await expect.poll(() => server.hub.size).toBe(0)
    server.append({ texts: { hu: { headline: 'Hír', summary: '' } } })
    const second = hear(first.cursor)
    await expect.poll(() => second.cursor).toBe('e.6')
    expect(heard).toEqual([6])
    // From the cursor of the first one's beginning, five entries would have been looked through for nothing.
    expect(
      (await server.streamCounters.replayEntries.get()).values.find(({ metricName }) => metricName?.endsWith('_sum'))
        ?.value,
    ).toBe(1)
  })
})

test.each(['1.1', '1.0'])(
  'by both writers an HTTP/%s peer is sent the same head and the same events',
  async (version) => {
    const told: string[] = []
    for (const writer of writers) {
      const server = await serve(writer)
      for (let count = 0; count < 3; count += 1)
        server.append({ texts: { fa: { headline: `خبر ${count}`, summary: '' } } })
      const peer = await say(server.url, get(version, 'GET', '?languages=fa&after=e.1', 'Connection: close\r\n'))
      await peer.hears('event: live')
      server.append({ level: 'flash' })
      server.hub.goodbye(1_000)
      server.hub.closeSome(1, 4200, 'over')
      await peer.closed
      const events = version === '1.1' ? unchunk(peer.body()) : { text: peer.body().toString(), ended: true }
      expect(events.ended).toBe(true)
      told.push(`${peer.head().replace(/^Date: .*$/m, 'Date: …')}\n\n${events.text}`)
    }
    expect(told[0]).toContain('event: goodbye')
    expect(told[1]).toBe(told[0])
  },
)
