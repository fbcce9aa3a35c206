import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { mirrorLimits, mirrorListFault, mirrorUrlFault } from '../../../src/domain/parsing/mirror-url.ts'
import type { Problem } from '../../../src/domain/problem.ts'

const onion = `${'a'.repeat(56)}.onion`

test.each([
  'https://mirror.example/',
  'https://mirror.example/tocsin/news/',
  'https://xn--80ak6aa92e.com/',
  `http://${onion}/`,
  `https://${onion}/fa/`,
  `http://www.${onion}/`,
])('%s is the address of a mirror', (url) => {
  expect(mirrorUrlFault(url)).toBeNull()
})

test.each([
  '',
  'mirror.example/',
  'http://mirror.example/',
  'javascript:alert(1)//',
  'data:text/html,x/',
  'file:///etc/passwd/',
  'ftp://mirror.example/',
  'blob:https://mirror.example/',
  'ws://mirror.example/',
  'https://user:password@mirror.example/',
  'https://user@mirror.example/',
  'https://mirror.example/@x/',
  'https://mirror.example/?reader=7',
  'https://mirror.example/#part/',
  'https://mirror.example/?',
  'https://mirror.example',
  'https://mirror.example/file.json',
  'https://mirror.example:8443/',
  'https://MIRROR.example/',
  'https://mirror.example/a/../b/',
  'https:\\\\mirror.example/',
  'https://mirror.example/a b/',
  ' https://mirror.example/',
  'https://mirror.example/\n',
  'https://зеркало.example/',
  'https://localhost/',
  'https://router/',
  'https://printer.local/',
  'https://nas.home.arpa/',
  'https://router.lan/',
  'https://fritz.box/',
  ...['my.router', 'speedport.ip', 'easy.box', 'routerlogin.net', 'www.routerlogin.com', 'tplinkwifi.net'].map(
    (name) => `https://${name}/`,
  ),
  ...['1.0.0.127.in-addr.arpa', 'x.arpa', 'foo.workgroup', 'foo.dhcp', 'foo.docker', 'foo.tail.ts.net', 'a.i2p'].map(
    (name) => `https://${name}/`,
  ),
  'https://a.fritz.box/',
  'https://intranet.corp/',
  'https://gw.intranet/',
  'https://x.private/',
  'https://localhost.localdomain/',
  'https://127.0.0.1.nip.io/',
  'https://192-168-0-1.sslip.io/',
  'https://a.lvh.me/',
  'https://metadata.google.internal/',
  'https://x.test/',
  'https://x.invalid/',
  'https://short.onion/',
  'http://short.onion/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://10.0.0.1/',
  'https://192.168.1.1/',
  'https://169.254.169.254/',
  'https://8.8.8.8/',
  'https://[::1]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://mirror.example./',
  'https://-mirror.example/',
  'https://mirror..example/',
  `https://mirror.example/${'a'.repeat(mirrorLimits.urlCharsMax)}/`,
])('%j is refused', (url) => {
  expect(mirrorUrlFault(url)).not.toBeNull()
})

test('too many, too long together and the same twice are refused', () => {
  const urls = Array.from({ length: mirrorLimits.urlsMax + 1 }, (_, nth) => `https://m${nth}.example/`)
  expect(mirrorListFault(urls.slice(1))).toBeNull()
  expect(mirrorListFault(urls)).toContain('At most 8')
  expect(mirrorListFault(['https://m1.example/', 'https://m1.example/'])).toContain('twice')
  const long = Array.from({ length: 8 }, (_, nth) => `https://m${nth}.example/${'a'.repeat(70)}/`)
  expect(mirrorListFault(long)).toContain('600')
})

test('a newsroom’s file names every mistake among its mirrors, and has none without any', () => {
  const file = { name: 'Radio Example', languages: [{ tag: 'en' }] }
  expect(parseNewsroom(file).mirrors).toEqual([])
  expect(parseNewsroom({ ...file, mirrors: ['https://m.example/'] }).mirrors).toEqual(['https://m.example/'])
  try {
    parseNewsroom({ ...file, mirrors: ['https://10.0.0.1/', 'https://m.example/', 'javascript:x'] })
    expect.unreachable()
  } catch (error) {
    expect((error as Problem).errors?.map(({ pointer }) => pointer)).toEqual(['/mirrors/0', '/mirrors/2'])
  }
})
