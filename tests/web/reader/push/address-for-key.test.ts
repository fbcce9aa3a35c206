import { expect, test } from 'vitest'
import { addressFor } from '../../../../src/web/reader/push/address-for-key.ts'

const key = (first: number) => Uint8Array.from({ length: 65 }, (_, at) => (at === 0 ? first : at))

/** A browser's push manager that refuses a second subscription for another key, as Push API §5.3 says. */
function manager(present: { key: ArrayBuffer | null; isHidden?: boolean } | null, failure?: Error) {
  let held = present
  const done: string[] = []
  const address = (it: { key: ArrayBuffer | null }) => ({
    options: { applicationServerKey: it.key },
    unsubscribe: async () => {
      done.push('unsubscribe')
      held = null
      return true
    },
  })
  return {
    done,
    getSubscription: async () => {
      if (held?.isHidden === true) {
        held = { key: held.key }
        return null
      }
      return held && address(held)
    },
    subscribe: async ({ applicationServerKey }: { readonly applicationServerKey: Uint8Array<ArrayBuffer> }) => {
      done.push('subscribe')
      if (failure !== undefined) throw failure
      if (held !== null) throw Object.assign(new Error('another key'), { name: 'InvalidStateError' })
      held = { key: applicationServerKey.buffer }
      return address(held)
    },
  }
}

test.each<[string, Parameters<typeof manager>[0], readonly string[]]>([
  ['for this key is used', { key: key(4).buffer }, []],
  ['whose key is hidden is used', { key: null }, []],
  ['for another key is replaced', { key: key(5).buffer }, ['unsubscribe', 'subscribe']],
  [
    'for another key that shows only when subscribing is replaced',
    { key: key(5).buffer, isHidden: true },
    ['subscribe', 'unsubscribe', 'subscribe'],
  ],
  ['is made where there is none', null, ['subscribe']],
])('a push subscription %s', async (_, present, done) => {
  const browser = manager(present)
  const address = await addressFor(browser, key(4))
  expect(browser.done).toEqual(done)
  if (done.length > 0) expect(address.options.applicationServerKey).toEqual(key(4).buffer)
})

test('any other failure of the browser is passed on', async () => {
  const failure = Object.assign(new Error('no'), { name: 'AbortError' })
  await expect(addressFor(manager(null, failure), key(4))).rejects.toBe(failure)
})
