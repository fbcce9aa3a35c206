import { expect, test } from 'vitest'
import { accountOnDemand } from '../../../../src/web/desk/account/account-on-demand.ts'
import type { DeskPush } from '../../../../src/web/desk/account/desk-push.ts'

const anna = { id: 'anna', name: 'Anna', role: 'admin' }
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('the view’s script is loaded once, when it is opened first; one that does not come is asked for anew', async () => {
  const told: string[] = []
  let isDown = true
  const open = accountOnDemand({
    push: {} as DeskPush,
    isSignedOut: () => false,
    signedOut: () => {},
    say: (words) => told.push(`say ${words}`),
    load: async (script) => {
      told.push(script)
      if (isDown) throw new TypeError('Failed to fetch')
      return {
        accountWith:
          () =>
          ({ name }) =>
            told.push(`open ${name}`),
      }
    },
  })
  open(anna)
  await settled()
  expect(told.splice(0)).toEqual(['/assets/desk-account.js', 'say noService tryAgain'])
  isDown = false
  open(anna)
  await settled()
  open(anna)
  await settled()
  expect(told).toEqual(['/assets/desk-account.js?2', 'open Anna', 'open Anna'])
})
