import { describe, expect, test } from 'vitest'
import { linkWarnings } from '../../src/domain/link-warnings.ts'
import { textWarnings } from '../../src/domain/text.ts'

const said = (url: string) => linkWarnings('/u', url).map(({ detail }) => detail)

describe('a link that readers elsewhere cannot open is warned of', () => {
  test.each([
    'https://localhost/x',
    'https://desk.localhost:8443/x',
    'https://LOCALHOST./x',
    'https://127.0.0.1/x',
    'https://127.1/x',
    'https://2130706433/x',
    'https://0x7f000001/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://192.168.0.7/x',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://169.254.169.254/',
    'https://100.64.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:192.168.1.1]/',
    'https://printer.local/',
    'https://cms.internal/x',
    'https://nas.home.arpa/',
  ])('%s', (url) => {
    expect(said(url)).toEqual([expect.stringContaining('cannot reach')])
  })

  test.each([
    ['https://x/', 'has no domain'],
    ['https://intranet-news/1', 'has no domain'],
    ['https://x..example/', 'no name that a host can have'],
    ['https://.news.example/', 'no name that a host can have'],
    ['https://-x.example/', 'no name that a host can have'],
    ['https://x-.example/', 'no name that a host can have'],
  ])('%s %s', (url, words) => {
    expect(said(url)).toEqual([expect.stringContaining(words)])
  })
})

test.each(['https://news.example/?a=1&amp;b=2', 'https://news.example/a&amp;b', 'https://news.example/?a&#38;b'])(
  '%s is escaped for HTML',
  (url) => {
    expect(said(url)).toEqual([expect.stringContaining('& is probably meant')])
  },
)

test.each([
  'https://news.example/1',
  'https://news.example./1',
  'https://news.example/?a=1&b=2&amp=3',
  'https://172.15.0.1/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://11.0.0.1/',
  'https://[2001:db8::1]/',
  'https://xn--mgbai9azgqp6j.xn--mgba3a4f16a/x',
  'https://localhost.news.example/',
  'https://mylocal/'.replace('mylocal', 'my-local.news.example'),
  'https://a_b.news.example/',
])('of %s nothing is said', (url) => {
  expect(said(url)).toEqual([])
})

test('both links of a text are looked at, each with its own pointer', () => {
  const text = { headline: 'x', summary: '', url: 'https://x/', image: { url: 'https://10.0.0.1/1.jpg', alt: 'x' } }
  expect(textWarnings('en', text, 'Latn').map(({ pointer }) => pointer)).toEqual([
    '/texts/en/url',
    '/texts/en/image/url',
  ])
  expect(linkWarnings('/u', undefined)).toEqual([])
})
