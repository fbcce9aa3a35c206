import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostNameFault, isIpAddress } from '../../../src/domain/parsing/host-name.ts'

const long = (length: number) => 'a'.repeat(length)

test.each([
  ['cms.example.', /ends in a dot/],
  ['.', /ends in a dot/],
  ['a..b', /nothing between two dots/],
  ['.a.b', /nothing between two dots/],
  ['', /nothing/],
  [`${long(64)}.example`, /longer than 63/],
  [`${'a.'.repeat(124)}example`, /longer than 253/],
  ['cms_in.example', /letters, digits and hyphens/],
  ['cms*.example', /letters, digits and hyphens/],
  ['-cms.example', /hyphen/],
  ['cms.example-', /hyphen/],
  ['cms.1', /number/],
])('%s is no name of a host', (name, said) => {
  expect(hostNameFault(name)).toMatch(said)
})

test.each([
  'cms.example',
  'localhost',
  `${long(63)}.example`,
  '1.example',
  'xn--nxasmq6b.example',
  'a--b.c',
  `${'a.'.repeat(123)}example`,
])('%s is one', (name) => {
  expect(hostNameFault(name)).toBeNull()
})

test('every domain is one, and no address is', () => {
  fc.assert(
    fc.property(fc.domain(), (name) => {
      expect(hostNameFault(new URL(`https://${name}`).hostname)).toBeNull()
    }),
  )
  const address = fc.oneof(
    fc.ipV4Extended(),
    fc.ipV6().map((it) => `[${it}]`),
  )
  fc.assert(
    fc.property(address, (text) => {
      const { hostname } = new URL(`https://${text}/`)
      expect([hostname, isIpAddress(hostname), hostNameFault(hostname) !== null]).toEqual([hostname, true, true])
    }),
  )
})
