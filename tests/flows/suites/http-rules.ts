import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'
import { hostRules } from '../requests/host-rules.ts'
import { conditionalRules } from './conditional-rules.ts'
import { type Rule, requestRules } from './request-rules.ts'
import type { Door } from './surface.ts'

const parser = 'the platform parses HTTP/1.1'
const host = 'Host: x'
const close = 'Connection: close'
const get = (target: string, ...lines: string[]) => requestText(target, [host, ...lines])
const from = (method: string, target: string, lines: readonly string[] = [], body = '') =>
  requestText(target, [host, ...lines], { method, body })
const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const shaking = (change: Readonly<Record<string, string | null>>, target = '/v1/socket') =>
  get(
    target,
    ...handshake
      .map((line) => [line.split(':')[0] ?? '', line] as const)
      .filter(([name]) => change[name] !== null)
      .map(([name, line]) => (change[name] === undefined ? line : `${name}: ${change[name]}`)),
  )
const health = '/healthz'
const wanted = { upgrade: /^websocket$/i }

const rules: readonly Rule[] = [
  { clause: 'RFC 9112 §3.2', what: 'no Host', text: requestText(health, [close]), statuses: [400], platform: parser },
  {
    clause: 'RFC 9112 §3.2',
    what: 'two Hosts',
    text: requestText(health, [host, 'host: y', close]),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §3.2',
    what: 'a Host that is none',
    text: requestText(health, ['Host: a b', close]),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §3.2',
    what: 'HTTP/1.0 needs a Host no more than its time did',
    text: requestText(health, [], { version: '1.0' }),
    statuses: [200],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §3.2',
    what: 'HTTP/1.0 without a Host is answered by every route',
    text: requestText('/feeds/en.atom', [], { version: '1.0' }),
    statuses: [200],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §3.2',
    what: 'an empty Host and another are two',
    text: requestText(health, ['Host:', host, close]),
    statuses: [400],
    platform: parser,
  },
  ...['2.0', '3.0', '0.9'].map((version) => ({
    clause: 'RFC 9110 §15.6.6',
    what: `HTTP/${version} is another version`,
    text: requestText(health, [host, close], { version }),
    statuses: [505],
    platform: parser,
  })),
  ...['gzip, chunked', 'deflate, chunked', 'identity, chunked'].map((coding) => ({
    clause: 'RFC 9112 §6.1',
    what: `the transfer coding ${coding} is not known`,
    text: from('POST', '/v1/subscriptions', [`Transfer-Encoding: ${coding}`, close], '0\r\n\r\n'),
    statuses: [501],
    platform: parser,
  })),
  { clause: 'RFC 9112 §3.2.1', what: 'a path of slashes', text: get('//[', close), statuses: [404] },
  {
    clause: 'RFC 9112 §3.2.1',
    what: 'a path that looks like a host',
    text: get('//evil.example/v1/alerts', close),
    statuses: [404],
  },
  {
    clause: 'RFC 9112 §3.2.1',
    what: 'a socket at a path of slashes',
    text: shaking({}, '//['),
    statuses: [404],
    headers: { connection: 'close' },
    platform: 'only /v1/socket is handed to a hub',
  },
  {
    clause: 'RFC 9112 §3.2.2',
    what: 'a target in absolute form',
    text: get('http://x/healthz', close),
    statuses: [200],
  },
  {
    clause: 'RFC 9112 §3.2.2',
    what: 'an absolute form that is none',
    text: get('http://[/healthz', close),
    statuses: [400],
    platform: parser,
  },
  { clause: 'RFC 9112 §3.2.3', what: 'CONNECT', text: from('CONNECT', 'x:443'), statuses: [501], platform: parser },
  {
    clause: 'RFC 9112 §3.2.4',
    what: 'OPTIONS *',
    text: from('OPTIONS', '*', [close]),
    statuses: [204],
    headers: { allow: /GET.*OPTIONS/ },
    platform: parser,
  },
  { clause: 'RFC 9112 §3.2.4', what: 'GET *', text: get('*', close), statuses: [400], platform: parser },
  {
    clause: 'RFC 9112 §3.2',
    what: 'a target without a slash',
    text: get('healthz', close),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §5.2',
    what: 'a folded header',
    text: requestText(health, [host, 'X-A: b', ' c', close]),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §5.1',
    what: 'a space before the colon',
    text: requestText(health, [host, 'X-A : b', close]),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §6.1',
    what: 'a length and chunks',
    text: from('POST', '/v1/subscriptions', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §6.1',
    what: 'an unknown coding',
    text: from('POST', '/v1/subscriptions', ['Transfer-Encoding: gzip'], 'x'),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §6.2',
    what: 'two lengths',
    text: from('POST', '/v1/subscriptions', ['Content-Length: 1', 'Content-Length: 2'], 'xx'),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §7.1',
    what: 'a chunk that is none',
    text: from('POST', '/v1/subscriptions', ['Transfer-Encoding: chunked'], 'zz\r\n'),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9112 §9.3',
    what: 'two requests on one connection',
    text: get(health) + get(health, close),
    statuses: [200, 200],
    headers: { connection: 'close' },
    platform: parser,
  },
  {
    clause: 'RFC 9112 §9.3',
    what: 'HTTP/1.0 ends after one',
    text: requestText(health, [host], { version: '1.0' }) + get(health),
    statuses: [200],
    headers: { connection: 'close' },
    platform: parser,
  },
  {
    clause: 'RFC 9112 §9.3.2',
    what: 'a HEAD among others ahead',
    text: from('HEAD', health) + get(health, close),
    statuses: [200, 200],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §7.8',
    what: 'an offer of h2c on a route',
    text:
      get(health, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA') +
      get(health, close),
    statuses: [200, 200],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §7.8',
    what: 'an offer of h2c with a body',
    text: from(
      'POST',
      '/v1/subscriptions',
      ['Content-Type: application/json', 'Connection: Upgrade, close', 'Upgrade: h2c', 'Content-Length: 2'],
      '{}',
    ),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §7.8',
    what: 'an offer of TLS',
    text: get('/v1/newsroom', 'Connection: Upgrade', 'Upgrade: TLS/1.0') + get(health, close),
    statuses: [200, 200],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §7.8',
    what: 'an offer of h2c for the socket',
    text: get('/v1/socket', 'Connection: Upgrade', 'Upgrade: h2c') + get(health, close),
    statuses: [426, 200],
    platform: parser,
  },
  { clause: 'RFC 9110 §9.3.8', what: 'TRACE', text: from('TRACE', health, [close]), statuses: [405], platform: parser },
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'an expectation that is met',
    text: from(
      'POST',
      '/v1/subscriptions',
      ['Content-Type: application/json', 'Expect: 100-continue', 'Content-Length: 2', close],
      '{}',
    ),
    statuses: [100, 400],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'an expectation that nobody knows',
    text: get(health, 'Expect: miracles'),
    statuses: [417],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range of unknown unit',
    text: get('/icons/icon.svg', 'Range: lines=1-2', close),
    statuses: [200],
    headers: { 'content-range': null },
    platform: 'assets are the platform’s',
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range that is none',
    text: get('/icons/icon.svg', 'Range: bytes=x', close),
    statuses: [200],
    headers: { 'content-range': null },
    platform: 'assets are the platform’s',
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'several ranges',
    text: get('/icons/icon.svg', 'Range: bytes=0-1,3-4', close),
    statuses: [200],
    headers: { 'content-range': null },
    platform: 'assets are the platform’s',
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range of a condition',
    text: get('/icons/icon.svg', 'Range: bytes=0-1', 'If-Range: "x"', close),
    statuses: [200],
    headers: { 'content-range': null },
    platform: 'assets are the platform’s',
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range of bytes',
    text: get('/icons/icon.svg', 'Range: bytes=0-1', close),
    statuses: [206],
    headers: { 'content-range': /^bytes 0-1\// },
    platform: 'assets are the platform’s',
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range on what has none',
    text: get('/v1/alerts', 'Range: bytes=0-1', close),
    statuses: [200],
  },
  {
    clause: 'RFC 9110 §15.5.22',
    what: 'a socket without an upgrade',
    text: get('/v1/socket', close),
    statuses: [426],
    headers: wanted,
  },
  {
    clause: 'RFC 6455 §4.1',
    what: 'a handshake by POST',
    text: shaking({}).replace('GET', 'POST').replace('Connection: Upgrade', 'Connection: Upgrade, close'),
    statuses: [405],
    platform: parser,
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'an older version',
    text: shaking({ 'Sec-WebSocket-Version': '7' }),
    statuses: [426],
    headers: { ...wanted, 'sec-websocket-version': '13' },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'a version that is no number',
    text: shaking({ 'Sec-WebSocket-Version': 'x' }),
    statuses: [426],
    headers: { 'sec-websocket-version': '13' },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'no version',
    text: shaking({ 'Sec-WebSocket-Version': null }),
    statuses: [426],
    headers: { 'sec-websocket-version': '13' },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'no key',
    text: shaking({ 'Sec-WebSocket-Key': null }),
    statuses: [400],
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'a short key',
    text: shaking({ 'Sec-WebSocket-Key': 'c2hvcnQ=' }),
    statuses: [400],
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'a key of words',
    text: shaking({ 'Sec-WebSocket-Key': 'not base64 of 16 bytes!!' }),
    statuses: [400],
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'no Connection: Upgrade',
    text: shaking({ Connection: 'close' }),
    statuses: [426],
    platform: parser,
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'the names in other letters',
    text: shaking({ Connection: 'keep-alive, uPgRaDe', Upgrade: 'WebSocket' }),
    statuses: [101],
    headers: { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.1',
    what: 'websocket among others',
    text: shaking({ Upgrade: 'h2c, websocket' }),
    statuses: [101],
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.2',
    what: 'a list with our sub-protocol',
    text: get('/v1/socket', ...handshake, 'Sec-WebSocket-Protocol: a, tocsin.v1.json'),
    statuses: [101],
    headers: { 'sec-websocket-protocol': 'tocsin.v1.json' },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.2',
    what: 'only unknown sub-protocols',
    text: get('/v1/socket', ...handshake, 'Sec-WebSocket-Protocol: a, b'),
    statuses: [400],
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §9.1',
    what: 'compression that is offered is not taken',
    text: get('/v1/socket', ...handshake, 'Sec-WebSocket-Extensions: permessage-deflate'),
    statuses: [101],
    headers: { 'sec-websocket-extensions': null },
    platform: 'the platform answers handshakes',
  },
  {
    clause: 'RFC 6455 §4.2.2',
    what: 'a socket where there is none',
    text: shaking({}, '/v1/alerts'),
    statuses: [404],
    platform: 'only /v1/socket is handed to a hub',
  },
]

/** What HTTP and WebSockets ask of a server like ours, clause by clause. `platform`: HTTP is read by somebody else. */
export function httpRulesSuite(name: string, open: () => Promise<Door>, { platform = false } = {}): void {
  describe(`the rules of HTTP on ${name}`, () => {
    let door: Door
    beforeAll(async () => {
      door = await open()
    })
    afterAll(() => door.close())

    const tried = [...rules, ...requestRules].filter((rule) => !(platform && rule.platform !== undefined))
    test.each(tried.map((rule) => [rule.clause, rule.what, rule] as const))('%s: %s', async (_, __, rule) => {
      const peer = await peerAt(
        door.url,
        rule.text.replaceAll('Host: x', platform ? `Host: ${new URL(door.url).host}` : 'Host: x'),
      )
      const taken = () => answersIn(peer.said(), { bodiless: rule.text.startsWith('HEAD') })
      try {
        await expect.poll(() => taken().answers.length).toBeGreaterThanOrEqual(rule.statuses.length)
        if (rule.body !== undefined) await expect.poll(() => taken().answers.at(-1)?.body).toMatch(rule.body)
        const { answers } = taken()
        expect(answers.map(({ status }) => status)).toEqual(rule.statuses)
        const last = answers.at(-1)
        for (const [header, value] of Object.entries(rule.headers ?? {})) {
          // Hop-by-hop headers (RFC 9110 §7.6.1) are the platform's.
          if (platform && header === 'upgrade') continue
          if (value === null) expect([header, last?.headers.get(header)]).toEqual([header, undefined])
          else expect(last?.headers.get(header)).toMatch(value)
        }
        if ((last?.status ?? 0) >= 400) expect(last?.headers.get('content-type')).toBe('application/problem+json')
      } finally {
        peer.socket.destroy()
      }
    })

    conditionalRules(() => door.url, platform)
    hostRules(() => door.url, platform)

    test.each([
      'ping',
      'ping\n',
      ' ping ',
      '\r\n\tping\r\n',
      'PING',
      '{"type":"ping"}',
      ' {"type": "ping"}\n',
      '\ufeffping',
      '"ping"',
      ' "PING"\n',
      '{"type":"PING"}',
      '{"type":"ping","at":1}',
      Buffer.from('ping'),
    ])('ping as %j is answered with a head, and the socket goes on', async (text) => {
      const listener = await listenRaw(door.url)
      for (let count = 1; count <= 2; count += 1) {
        listener.socket.send(text)
        // A heartbeat is a head as well.
        const heads = () => listener.frames.filter(({ type }) => type === 'head').length
        await expect.poll(heads).toBeGreaterThanOrEqual(count)
      }
      await hangUp(listener)
    })

    test.each(['', ' \n', '""', 'pong', '{"type":"pong"}', '{"type":"keepalive"}', Buffer.alloc(0)])(
      '%j, as libraries send it, is answered with nothing, and the socket goes on',
      async (text) => {
        const listener = await listenRaw(door.url)
        for (let count = 0; count < 15; count += 1) listener.socket.send(text)
        listener.socket.send('ping')
        await listener.frame(({ type }) => type === 'head')
        expect(listener.frames.map(({ type }) => type).filter((type) => type !== 'head')).toEqual(['welcome'])
        await hangUp(listener)
      },
    )

    test.each([
      'pingping',
      'ping ping',
      '2',
      '[]',
      'null',
      '{"type":6}',
      '{"type":""}',
      '{"event":"heartbeat"}',
      Buffer.from('pin'),
    ])('%j is no ping: it is told so, three times too, and only many end the socket with 4002', async (text) => {
      const listener = await listenRaw(door.url)
      for (let count = 0; count < 3; count += 1) listener.socket.send(text)
      listener.socket.send('ping')
      await listener.frame(({ type }) => type === 'head')
      expect(listener.frames.map(({ type }) => type)).toEqual(['welcome', 'error', 'error', 'error', 'head'])
      for (let count = 0; count < 20; count += 1) listener.socket.send(text)
      expect(await listener.closed).toBe(4002)
    })
  })
}
