import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressBelow, baseOf, snapshotAddress } from '../../src/client/client-requests.ts'
import type { Reset } from '../../src/client/listen.ts'
import { listen } from '../../src/client/listen.ts'
import { cleaning } from '../support/scratch.ts'
import { serve, until, welcome, withoutJitter } from '../support/streams/collected-events.ts'

const clean = cleaning()
const base = baseOf('https://alerts.example/news?x=1#y')

test('an address below the base is taken, with its query', () => {
  expect(addressBelow(base, '/v1/alerts?languages=fa')).toBe('https://alerts.example/news/v1/alerts?languages=fa')
})

const leading = [
  ...['/https://evil.example/steal', '//evil.example/', '/\\/evil.example/', '///evil.example/', '/\\\\evil.example'],
  ...[
    '/../v1/alerts',
    '/%2e%2e/v1/alerts',
    '/javascript:alert(1)',
    '/data:text/html,x',
    '/http://[',
    '/\t/evil.example/',
  ],
  ...[
    '/http://alerts.example/news/v1/alerts',
    '/https://a@alerts.example/news/',
    '/https:/evil',
    '/ https://evil.example',
  ],
]
test.each(leading)('%j leads out of the base, so that it is no address', (told) => {
  expect(addressBelow(base, told)).toBe(null)
})

test('whatever a service tells, an address is below the base or none', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom(...leading, '/', '\\', '..', ':', '@', 'https:', '\t', '\n'))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const address = addressBelow(base, `/${parts.join('')}`)
      if (address !== null) expect(address.startsWith('https://alerts.example/news/')).toBe(true)
    }),
  )
})

test.each([
  ['/https://evil.example/steal', 'v1/alerts?languages=fa%2Cen&topics=weather&level=urgent'],
  ['/v1/alerts?languages=fa', 'v1/alerts?languages=fa'],
])('a reset whose snapshot is %s is told with the address %s', async (snapshot, expected) => {
  const server = await serve({
    onPeer(peer) {
      peer.send(welcome(1, 'reset'))
      peer.send({ type: 'reset', reason: 'log-changed', head: 'e.1', snapshot })
    },
  })
  const resets: Reset[] = []
  const listening = listen({
    ...{ url: server.url, languages: ['fa', 'en'], topics: ['weather'], level: 'urgent', world: withoutJitter },
    onEntry: () => {},
    onReset: (reset) => void resets.push(reset),
  })
  clean(() => listening.close())
  await until(() => expect(resets.length).toBe(1))
  expect(resets[0]?.snapshot).toBe(`${baseOf(server.url).href}${expected}`)
})

test('the snapshot of an interest without languages is of all', () => {
  for (const languages of [undefined, '*', []] as const)
    expect(snapshotAddress(base, { languages })).toBe('https://alerts.example/news/v1/alerts?languages=*&level=routine')
})
