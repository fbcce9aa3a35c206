import { describe, expect, test } from 'vitest'
import { foreignOrigin, isLoopbackName, isSecurePage } from '../../src/http/own-origin.ts'

type Headers = Readonly<Record<string, string>>
const reading = (headers: Headers) => (name: string) => headers[name]
const place = { publicUrl: null, trustProxy: false }
const desk = 'https://desk.example'

describe('a page is ours', () => {
  test.each<[string, Headers, { publicUrl?: string; trustProxy?: boolean }?, string?]>([
    ['a program sends neither', { host: 'a:3000' }],
    [
      'the browser says so, whatever the proxy made of Host',
      { 'sec-fetch-site': 'same-origin', origin: desk, host: '10.0.0.5:3000' },
    ],
    [
      'the browser says so, and PUBLIC_URL is another',
      { 'sec-fetch-site': 'same-origin', origin: desk, host: 'x' },
      { publicUrl: 'https://y' },
    ],
    ['the address was typed', { 'sec-fetch-site': 'none', host: 'a' }],
    ['Origin is the host', { origin: 'http://a:3000', host: 'a:3000' }],
    ['the scheme’s own port is in one of them', { origin: desk, host: 'desk.example:443' }],
    ['http has a port of its own too', { origin: 'http://desk.example', host: 'desk.example:80' }],
    ['upper case', { origin: desk, host: 'Desk.Example' }],
    ['IPv6', { origin: 'http://[::1]:3000', host: '[::1]:3000' }],
    ['Origin is PUBLIC_URL', { origin: desk, host: '10.0.0.5:3000' }, { publicUrl: desk }],
    [
      'Origin is what the trusted proxy was asked for',
      { origin: desk, host: 'in', 'x-forwarded-host': 'desk.example' },
      { trustProxy: true },
    ],
    ['several proxies', { origin: desk, host: 'in', 'x-forwarded-host': 'desk.example, mid' }, { trustProxy: true }],
    ['Origin is where the session was opened', { origin: desk, host: 'in' }, {}, desk],
  ])('%s', (_, headers, more = {}, session) => {
    expect(foreignOrigin(reading(headers), { ...place, ...more }, session)).toBeNull()
  })
})

describe('a page is not ours', () => {
  test.each<[string, Headers, { publicUrl?: string; trustProxy?: boolean }?, string?]>([
    ['another site, though Origin is forged', { 'sec-fetch-site': 'cross-site', origin: 'http://a', host: 'a' }],
    ['a sibling', { 'sec-fetch-site': 'same-site', host: 'a' }],
    [
      'another site at PUBLIC_URL’s host',
      { 'sec-fetch-site': 'cross-site', origin: desk, host: 'a' },
      { publicUrl: desk },
    ],
    ['Origin is another host', { origin: 'https://evil.example', host: 'desk.example' }],
    ['another port', { origin: 'http://a:3001', host: 'a:3000' }],
    ['https on the port of http', { origin: desk, host: 'desk.example:80' }],
    ['a sandboxed frame', { origin: 'null', host: 'a' }],
    ['no Host', { origin: 'https://' }],
    ['nonsense', { origin: 'desk.example', host: 'desk.example' }],
    ['a proxy that is not trusted', { origin: desk, host: 'in', 'x-forwarded-host': 'desk.example' }],
    [
      'the second proxy’s name',
      { origin: desk, host: 'in', 'x-forwarded-host': 'mid, desk.example' },
      { trustProxy: true },
    ],
    ['PUBLIC_URL without https', { origin: desk, host: 'in' }, { publicUrl: 'http://desk.example' }],
    ['another session’s page', { origin: desk, host: 'in' }, {}, 'https://other.example'],
  ])('%s', (_, headers, more = {}, session) => {
    expect(foreignOrigin(reading(headers), { ...place, ...more }, session)).toMatchObject({
      ...{ status: 403, code: 'foreign-origin' },
    })
  })
})

test('the refusal never tells an operator to set what the page says of itself', () => {
  for (const origin of ['https://evil.example', 'https://desk.example.evil.example', 'http://203.0.113.5:8080', 'null'])
    for (const headers of [{}, { 'x-forwarded-host': new URL(origin === 'null' ? desk : origin).host }])
      for (const publicUrl of [null, desk]) {
        const { message = '' } =
          foreignOrigin(reading({ origin, host: 'desk.example', ...headers }), {
            ...{ publicUrl, trustProxy: false },
          }) ?? {}
        expect(message.replace(`PUBLIC_URL is ${publicUrl}`, '')).not.toMatch(/PUBLIC_URL ?(=|to|is) ?\S*(evil|203\.)/)
        expect(message.split(origin), 'it is named once').toHaveLength(2)
        expect(message).toMatch(/did not open .* close it/)
      }
})

test('the refusal names both hosts, what is set, and each way to mend it', () => {
  const say = (headers: Headers, more = {}) => foreignOrigin(reading(headers), { ...place, ...more })?.message ?? ''
  const plain = say({ origin: desk, host: '127.0.0.1:3000' })
  for (const part of [
    'at https://desk.example,',
    'proxy_set_header Host',
    'asked as 127.0.0.1:3000',
    'PUBLIC_URL is not set',
    'set PUBLIC_URL to the address at which',
  ])
    expect(plain).toContain(part)
  expect(plain).not.toContain('TRUST_PROXY')
  expect(say({ origin: desk, host: 'in' }, { publicUrl: 'https://other' })).toContain('PUBLIC_URL is https://other')
  expect(say({ origin: desk, host: 'in', 'x-forwarded-host': 'desk.example' })).toContain('TRUST_PROXY=1')
  const odd = say({ origin: 'https://a\u202e"<b>', host: 'x y' })
  expect(odd).not.toMatch(/[<>]b>,|\u202e,/)
})

test.each<[string, Headers, string | null, boolean, string, boolean]>([
  ['the browser is at https', { origin: desk }, null, false, 'http://in/', true],
  ['the browser is at http', { origin: 'http://desk.lan' }, null, false, 'http://in/', false],
  [
    'the browser is at http, PUBLIC_URL too',
    { origin: 'http://desk.lan' },
    'http://desk.lan',
    false,
    'http://in/',
    false,
  ],
  [
    'an operator on the machine itself',
    { origin: 'http://localhost:3000' },
    desk,
    false,
    'http://localhost:3000/',
    false,
  ],
  ['a program, PUBLIC_URL has https', {}, desk, false, 'http://in/', true],
  ['a program, PUBLIC_URL has none', {}, 'http://desk.lan', true, 'https://in/', false],
  ['a program behind a trusted proxy', { 'x-forwarded-proto': 'https' }, null, true, 'http://in/', true],
  ['a program behind one that is not trusted', { 'x-forwarded-proto': 'https' }, null, false, 'http://in/', false],
  ['we have https ourselves', {}, null, false, 'https://in/', true],
])('the cookie travels where the browser is: %s', (_, headers, publicUrl, trustProxy, url, secure) => {
  expect(isSecurePage(reading(headers), url, { publicUrl, trustProxy })).toBe(secure)
})

test('a page without https is sent to PUBLIC_URL when that has it', () => {
  const open = () => isSecurePage(reading({ origin: 'http://desk.lan:8080' }), 'http://in/', { publicUrl: desk })
  expect(open).toThrow(`Sign in at ${desk}/desk`)
})

test('this machine has few names', () => {
  const names = ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'localhost.evil', '127.0.0.1.evil', '128.0.0.1', '']
  expect(names.filter(isLoopbackName)).toEqual(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
})
