import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, isBoundTo, type PushState, pushStep, textOf } from '../../../src/web/reader/push-step.ts'

const key = (first: number) => Uint8Array.from({ length: 65 }, (_, at) => (at === 0 ? first : at))
const standing = (more: Partial<PushState>): PushState => ({
  permission: 'granted',
  address: { key: key(4).buffer },
  newsroomKey: key(4),
  isSaved: true,
  ...more,
})

test.each<[string, Partial<PushState>, ReturnType<typeof pushStep>]>([
  ['an address with the present key is kept', {}, 'on'],
  ['an address with a former key is renewed', { newsroomKey: key(5) }, 'renew'],
  ['an address that the browser has lost is made anew', { address: null }, 'renew'],
  ['a reader who never subscribed is offered it', { address: null, isSaved: false }, 'off'],
  ['an address of unknown key stays: it would change with every visit', { address: { key: null } }, 'on'],
  ['an address is told again even where nothing was saved', { isSaved: false }, 'on'],
  ['a reader who has not been asked is asked nothing', { permission: 'default' }, 'off'],
  ['a reader who has refused is not subscribed again', { permission: 'denied', address: null }, 'denied'],
])('%s', (_, more, step) => {
  expect(pushStep(standing(more))).toBe(step)
})

test('a key of another length is another key', () => {
  expect(isBoundTo(key(4).slice(0, 64).buffer, key(4))).toBe(false)
})

test('a key reads back from its text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 65 }), (bytes) => {
      const text = textOf(Uint8Array.from(bytes).buffer)
      expect(text).toBe(Buffer.from(bytes).toString('base64url'))
      expect([...bytesOf(text ?? '')]).toEqual([...bytes])
    }),
  )
  expect(textOf(null)).toBeUndefined()
})
