import { expect, test } from 'vitest'
import { isWithinReach } from '../../../src/client/mirrors/within-reach.ts'

const onion = `http://${'a'.repeat(56)}.onion/`

test.each([
  ['https://mirror.example/', 'https://alerts.example', true],
  ['https://mirror.example/', onion, true],
  [onion, onion, true],
  [onion, 'https://alerts.example', false],
  ['https://onion.example/', 'https://alerts.example', true],
])('%s for readers at %s: %s', (url, origin, isIt) => {
  expect(isWithinReach(url, origin)).toBe(isIt)
})
