import { requestText } from '../../support/streams/peers.ts'

/** What is sent to a service, and what must be answered. */
export type Rule = {
  /** Where it stands. */
  readonly clause: string
  readonly what: string
  /** The bytes that are sent. */
  readonly text: string
  /** The status of each answer, in order. */
  readonly statuses: readonly number[]
  /** Headers of the last answer; null: not there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** What the last answer says. */
  readonly body?: RegExp
  /** Why it is not tried on workerd: there the platform reads HTTP/1.1, and gives us requests. */
  readonly platform?: string
}

const parser = 'the platform parses HTTP/1.1'
const files = 'assets are the platform’s'
const host = 'Host: x'
const close = 'Connection: close'
const json = 'Content-Type: application/json'
const health = '/healthz'
const get = (target: string, ...lines: string[]) => requestText(target, [host, close, ...lines])
const post = (lines: readonly string[], body: string, version = '1.1') =>
  requestText('/v1/subscriptions', [host, close, json, ...lines], { method: 'POST', body, version })
const chunked = '2\r\n{}\r\n0\r\n\r\n'

const bodies: readonly Rule[] = ['/v1/newsroom', '/en/', '/v1/alerts', '/healthz', '/nothing', '/v1/socket'].flatMap(
  (path) =>
    ['GET', 'HEAD'].map((method) => ({
      clause: 'RFC 9110 §9.3.1',
      what: `${method} ${path} with a body, which means nothing`,
      text: requestText(path, [host, close, json, 'Content-Length: 2'], { method, body: '{}' }),
      statuses: [{ '/nothing': 404, '/v1/socket': 426 }[path] ?? 200],
    })),
)

const encodings: readonly Rule[] = [
  ...['identity;q=0', '*;q=0', 'gzip;q=0', 'x-unknown', 'identity', 'gzip;q=0, br;q=0, *;q=0', ';', ''].map(
    (value) => ({
      clause: 'RFC 9110 §12.5.3',
      what: `Accept-Encoding: ${value}`,
      text: get('/v1/newsroom', `Accept-Encoding: ${value}`),
      statuses: [200],
      headers: { 'content-encoding': null },
      body: /^\{"name"/,
      // It answers 415 where not even the plain form is wanted; an answer all the same is as good (RFC 9110 §12.5.3).
      ...(/(?:identity|\*);q=0/.test(value) ? { platform: 'the platform chooses codings' } : {}),
    }),
  ),
  {
    clause: 'RFC 9110 §12.5.3',
    what: 'Accept-Encoding: gzip, br',
    text: get('/v1/newsroom', 'Accept-Encoding: gzip, br'),
    statuses: [200],
    headers: { 'content-encoding': /^br$/, vary: /accept-encoding/i },
    platform: 'the platform compresses',
  },
  ...['gzip', 'GZIP', 'br', 'identity, gzip', 'x-unknown'].map((value) => ({
    clause: 'RFC 9110 §8.4',
    what: `a body in the coding ${value}`,
    text: post([`Content-Encoding: ${value}`, 'Content-Length: 2'], '{}'),
    statuses: [415],
    headers: { 'accept-encoding': 'identity' },
    body: /"content-coding"/,
  })),
  {
    clause: 'RFC 9110 §8.4',
    what: 'a body as it is, said so',
    text: post(['Content-Encoding: Identity', 'Content-Length: 2'], '{}'),
    statuses: [400],
    body: /"invalid"/,
  },
]

const ranges: readonly Rule[] = [
  ...[
    ['BYTES=0-1', 206, /^bytes 0-1\//],
    ['Bytes=-2', 206, /^bytes \d+-\d+\//],
    ['bytes=0-99999999', 206, /^bytes 0-/],
    ['bytes=99999999-', 416, /^bytes \*\/\d+$/],
    ['bytes=-0', 416, /^bytes \*\/\d+$/],
    ['bytes = 0-1', 200, null],
    ['bytes=1', 200, null],
    ['bytes=a-b', 200, null],
    ['bytes=0-1,', 200, null],
    ['', 200, null],
  ].map(([value, status, range]) => ({
    clause: 'RFC 9110 §14.2',
    what: `Range: ${value}`,
    text: get('/icons/icon.svg', `Range: ${value}`),
    statuses: [status as number],
    headers: { 'content-range': range as RegExp | null },
    platform: files,
  })),
  ...['"x"', 'W/"x"', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 01 Jan 2100 00:00:00 GMT', 'nonsense'].map((value) => ({
    clause: 'RFC 9110 §13.1.5',
    what: `a range on the condition ${value}`,
    text: get('/icons/icon.svg', 'Range: bytes=0-1', `If-Range: ${value}`),
    statuses: [200],
    headers: { 'content-range': null },
    platform: files,
  })),
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range of what is only asked about',
    text: get('/icons/icon.svg', 'Range: bytes=0-1').replace('GET', 'HEAD'),
    statuses: [200],
    headers: { 'content-range': null },
    platform: files,
  },
  {
    clause: 'RFC 9110 §14.2',
    what: 'a range on a feed, on a condition',
    text: get('/feeds/en.atom', 'Range: bytes=0-1', 'If-Range: "x"'),
    statuses: [200],
    headers: { 'content-range': null },
  },
]

const expectations: readonly Rule[] = [
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'an expectation in other letters',
    text: post(['Expect: 100-Continue', 'Content-Length: 2'], '{}'),
    statuses: [100, 400],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'a body that is too long is not asked for',
    text: post(['Expect: 100-continue', 'Content-Length: 99999999'], ''),
    statuses: [413],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'nor the body of what is refused anyway',
    text: post(['Host: y', 'Expect: 100-continue', 'Content-Length: 2'], ''),
    statuses: [400],
    platform: parser,
  },
  {
    clause: 'RFC 9110 §10.1.1',
    what: 'HTTP/1.0 knows no expectations',
    text: post(['Expect: 100-continue', 'Content-Length: 2'], '{}', '1.0'),
    statuses: [400],
    body: /"invalid"/,
    platform: parser,
  },
  ...['miracles', '100-continue, miracles', '100-continued', '200-ok'].map((value) => ({
    clause: 'RFC 9110 §10.1.1',
    what: `Expect: ${value}`,
    text: post([`Expect: ${value}`, 'Content-Length: 2'], '{}'),
    statuses: [417],
    platform: parser,
  })),
]

const codings: readonly Rule[] = [
  ...['trailers', 'trailers, deflate;q=0.5', 'gzip', ''].map((value) => ({
    clause: 'RFC 9110 §10.1.4',
    what: `TE: ${value}`,
    text: get(health, `TE: ${value}`),
    statuses: [200],
  })),
  ...['gzip, chunked', 'identity, chunked', 'x, chunked'].map((value) => ({
    clause: 'RFC 9112 §6.1',
    what: `Transfer-Encoding: ${value}`,
    text: post([`Transfer-Encoding: ${value}`], chunked),
    statuses: [501],
    body: /"transfer-coding"/,
    platform: parser,
  })),
  ...['chunked, gzip', 'identity', 'chunked, chunked', 'xchunked', '"chunked"', 'chunked;q=1'].map((value) => ({
    clause: 'RFC 9112 §6.1',
    what: `Transfer-Encoding: ${value}`,
    text: post([`Transfer-Encoding: ${value}`], chunked),
    statuses: [400],
    platform: parser,
  })),
  {
    clause: 'RFC 9112 §6.1',
    what: 'chunks in HTTP/1.0',
    text: post(['Transfer-Encoding: chunked'], chunked, '1.0'),
    statuses: [400],
    body: /"transfer-coding"/,
    platform: parser,
  },
  ...(
    [
      ['a length behind chunks', ['Transfer-Encoding: chunked', 'Content-Length: 12'], chunked],
      ['a length before chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked'], chunked],
      ['a length of nothing and chunks', ['Content-Length: 0', 'Transfer-Encoding: chunked'], chunked],
      ['a length with a sign', ['Content-Length: +2'], '{}'],
      ['a length below nothing', ['Content-Length: -2'], '{}'],
      ['a list of lengths', ['Content-Length: 2, 2'], '{}'],
      ['the same length twice', ['Content-Length: 2', 'Content-Length: 2'], '{}'],
      ['a length in hexadecimal', ['Content-Length: 0x2'], '{}'],
      ['a length of two words', ['Content-Length: 2 2'], '{}'],
    ] as const
  ).map(([what, lines, body]) => ({
    clause: 'RFC 9112 §6.3',
    what,
    text: post(lines, body),
    statuses: [400],
    body: /"malformed-request"/,
    platform: parser,
  })),
  {
    clause: 'RFC 9112 §7.1',
    what: 'chunks with an extension and a trailer',
    text: post(['Transfer-Encoding: Chunked', 'Trailer: X'], '2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n'),
    statuses: [400],
    body: /"invalid"/,
    platform: parser,
  },
]

const targets: readonly Rule[] = [
  ...(
    [
      ['http://x/healthz', 200],
      ['HTTP://X/healthz', 200],
      ['https://other.example/v1/newsroom', 200],
      ['http://x:8080/v1/newsroom', 200],
      ['http://x', 302],
      ['http://x?a=1', 302],
      ['http://u:p@x/healthz', 400],
      ['http://@x/healthz', 400],
      ['http:///healthz', 400],
      ['http:/healthz', 400],
      ['http://x\\y/healthz', 400],
      ['ftp://x/healthz', 400],
      ['x:80', 400],
    ] as const
  ).map(([target, status]) => ({
    clause: 'RFC 9112 §3.2.2',
    what: `the target ${target}`,
    text: get(target),
    statuses: [status],
    platform: parser,
  })),
  {
    clause: 'RFC 9112 §3.2.2',
    what: 'the host of an absolute target wins over the header',
    text: get('http://other.example:81/feeds/en.atom'),
    statuses: [200],
    body: /href="http:\/\/other\.example:81\/en\/"/,
    platform: parser,
  },
  {
    clause: 'RFC 9112 §3.2.2',
    what: 'an absolute target needs a Host as well',
    text: requestText('http://x/healthz', [close]),
    statuses: [400],
    body: /"host-header"/,
    platform: parser,
  },
  ...(
    [
      ['no Host', [], 400],
      ['the same Host twice', [host, host], 400],
      ['Hosts in other letters', ['HOST: x', 'hOsT: y'], 400],
      ['a Host in other letters', ['hOsT: X'], 200],
      ['an empty Host', ['Host:'], 400],
      ['two in one Host', ['Host: x, y'], 400],
      ['a Host with a path', ['Host: x/y'], 400],
      ['a Host with a name', ['Host: u@x'], 400],
      ['a Host with a port that is none', ['Host: x:99999'], 400],
      ['a Host in angles', ['Host: a<b'], 400],
      ['a Host of IPv6', ['Host: [::1]:80'], 200],
    ] as const
  ).map(([what, lines, status]) => ({
    clause: 'RFC 9112 §3.2',
    what,
    text: requestText('/v1/newsroom', [...lines, close]),
    statuses: [status],
    platform: parser,
  })),
  ...['Last-Event-ID: a\0b', 'Last-Event-ID: a\r\nb', 'Last-Event-ID: a\nb', 'Last-Event-ID: a\rb'].map((line) => ({
    clause: 'RFC 9110 §5.5',
    what: `${JSON.stringify(line)} is no header`,
    text: get('/v1/events', line),
    statuses: [400],
    body: /"malformed-request"/,
    platform: parser,
  })),
]

/** What is said of the answer, of a part of it, of the body, and of where it goes. */
export const requestRules: readonly Rule[] = [
  ...bodies,
  ...encodings,
  ...ranges,
  ...expectations,
  ...codings,
  ...targets,
]
