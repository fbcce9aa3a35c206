import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countedAddress } from '../../src/http/rate-limit-address.ts'
import { addressOf } from '../../src/node/server/server.ts'
import { runs } from '../support/effort.ts'

test.each([
  ['203.0.113.9', '203.0.113.9'],
  [' 203.0.113.9 ', '203.0.113.9'],
  ['203.0.113.9:1111', '203.0.113.9'],
  ['203.0.113.9:2', '203.0.113.9'],
  ['"203.0.113.9:2"', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
  ['64:ff9b::203.0.113.9', '203.0.113.9'],
  ['[64:ff9b::cb00:7109]:443', '203.0.113.9'],
  ['64:ff9b:1::cb00:7109', '64:ff9b:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::7]', '2001:db8:1:2::/64'],
  ['"[2001:db8:1:2::7]:4711"', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['[fe80::2%25lo]:80', 'fe80::/64'],
  ['::1', '::/64'],
])('%s is counted as %s', (text, counted) => {
  expect(countedAddress(text)).toBe(counted)
})

test.each([
  '',
  'unknown',
  '_hidden',
  '203.0.113',
  '203.0.113.999',
  '0x7f.1',
  '017.0.0.1',
  '1',
  ':::',
  '1::2::3',
  'a.example',
  '[::1',
  '203.0.113.9:x',
  '203.0.113.9, 1.2.3.4',
  '::ffff:203.0.113.9:80',
])('what is no address is none: %j', (text) => {
  expect(countedAddress(text)).toBeNull()
})

const asked = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

test.each([
  ['10.0.0.1', '198.51.100.1, 203.0.113.9:1111', '203.0.113.9'],
  ['::ffff:10.0.0.1', '203.0.113.9:2222', '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1, [2001:db8::1]:99', '2001:db8::/64'],
  ['::ffff:10.0.0.1', '198.51.100.1, garbage', '10.0.0.1'],
  ['10.0.0.1', '198.51.100.1,', '10.0.0.1'],
  ['10.0.0.1', '', '10.0.0.1'],
  ['2001:db8::5', undefined, '2001:db8::/64'],
])('behind a proxy at %s, “%s” counts as %s', (peer, forwarded, counted) => {
  expect(addressOf(asked(peer, forwarded), true)).toBe(counted)
})

test('without a trusted proxy nobody says their own address', () => {
  expect(addressOf(asked('::ffff:10.0.0.1', '203.0.113.9'), false)).toBe('10.0.0.1')
})

test('one network of IPv6 is one name however its addresses are written, another is another', () => {
  const part = fc.integer({ min: 0, max: 0xffff })
  const host = fc.array(part, { minLength: 4, maxLength: 4 })
  const write = (parts: readonly number[], isUpper: boolean) => {
    const text = parts.map((it) => it.toString(16)).join(':')
    return isUpper ? `[${text.toUpperCase()}]:80` : text
  }
  fc.assert(
    fc.property(host, host, host, fc.nat(3), (network, one, other, at) => {
      // Mapped IPv4 is another matter.
      fc.pre(network.some((it) => it !== 0))
      const named = countedAddress(write([...network, ...one], false))
      expect(countedAddress(write([...network, ...other], true))).toBe(named)
      const neighbour = network.map((it, index) => (index === at ? it ^ 1 : it))
      fc.pre(neighbour.some((it) => it !== 0))
      expect(countedAddress(write([...neighbour, ...one], false))).not.toBe(named)
    }),
    { numRuns: runs(200) },
  )
})
