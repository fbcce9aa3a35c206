import { expect, test } from 'vitest'
import { deskTarget } from '../../../src/web/service-worker/desk-target.ts'

const here = 'https://desk.example'

test.each([
  ['https://desk.example/desk?lang=fa#item-0197b2c8-6f0e', '/desk?lang=fa#item-0197b2c8-6f0e'],
  ['https://news.example/desk?lang=en#item-1', '/desk?lang=en#item-1'],
  ['/desk?lang=en', '/desk?lang=en'],
  ['https://evil.example/phish?lang=en&to=1#item-1', '/desk#item-1'],
  ['javascript:alert(1)', '/desk'],
  ['https://desk.example/desk#item-"><script>', '/desk'],
  [undefined, '/desk'],
  [5, '/desk'],
])('a press on a notification with %j leads to %s of this site', (navigate, target) => {
  expect(deskTarget(navigate, here)).toBe(`${here}${target}`)
})
