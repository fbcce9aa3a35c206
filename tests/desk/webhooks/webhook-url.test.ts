import { expect, test } from 'vitest'
import { parseLocalHosts, webhookUrlFault } from '../../../src/desk/webhooks/webhook-url.ts'

test.each([
  'ftp://cms.example/',
  'http://cms.example/',
  'cms.example',
  'https://user:word@cms.example/',
  'https://cms.example/#part',
  'https://cms.example:8443/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://[::1]/',
  'https://localhost/',
  'https://desk.localhost/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://cms/',
  'https://router.home.arpa/',
  'https://cms.test/',
  'https://cms.invalid/',
  'https://CMS.Invalid/',
  'https://expyuzz4wqqyqhjn.onion/',
  'https://cms.alt/',
  'https://a..b/',
  'https://cms..example/',
  'https://.cms.example/',
  'https://cms.example./',
  'https://localhost./',
  'https://printer.local./',
  `https://${'a'.repeat(64)}.example/`,
  `https://${'a'.repeat(300)}.example/`,
  `https://${'a.'.repeat(130)}example/`,
  'https://cms_in.example/',
  'https://-cms.example/',
  'https://cms-.example/',
  "https://cms'.example/",
  'https://cms*.example/',
])('the address %s is refused', (url) => {
  expect(webhookUrlFault(url, [])).not.toBeNull()
})

test.each([
  'https://cms.example/in?key=1',
  'https://xn--nxasmq6b.example/',
  `https://${'a'.repeat(63)}.example/`,
  'https://a--b.example/',
  'https://1.example/',
  'https://CMS.example',
  'https://test.example/',
  'https://invalid-onion.example/',
])('the address %s is taken', (url) => {
  expect(webhookUrlFault(url, [])).toBeNull()
})

test('what the operator allows of the own network is taken over http too, with the port that was named', () => {
  const { hosts, mistake } = parseLocalHosts('cms.intern, 10.0.0.7:8080')
  expect(mistake).toBeNull()
  for (const url of ['http://cms.intern/', 'https://cms.intern:9000/', 'http://10.0.0.7:8080/in'])
    expect(webhookUrlFault(url, hosts)).toBeNull()
  for (const url of ['http://10.0.0.7/', 'http://10.0.0.7:8081/', 'http://other.intern/', 'ftp://cms.intern/'])
    expect(webhookUrlFault(url, hosts)).not.toBeNull()
})

test.each(['http://cms.intern', 'cms intern', '*.intern', 'a:b', 'a..b', 'cms.', '-cms', '300.0.0.1', 'a'.repeat(64)])(
  '%j is no list of hosts',
  (text) => {
    expect(parseLocalHosts(text).mistake).toContain('wanted')
  },
)

test.each(['cms.test', 'cms.invalid', 'cms.onion', 'cms.alt'])(
  'that %s leads nowhere is said, and an operator can allow it',
  (host) => {
    expect(webhookUrlFault(`https://${host}/in`, [])).toMatchObject({ code: 'address-nowhere', host })
    expect(webhookUrlFault(`https://${host}/in`, [host])).toBeNull()
  },
)
