import { expect, test } from 'vitest'
import { checkBeforeClaims } from '../../../src/worker/push/ended-tests.ts'

function checking(end: () => Promise<void> = async () => {}) {
  const clock = { ms: 1_000_000 }
  const seen: string[] = []
  const check = checkBeforeClaims({
    end: () => {
      seen.push('looked')
      return end()
    },
    now: () => clock.ms,
    report: (error) => seen.push(String(error)),
  })
  return { clock, seen, check }
}

test('keys are looked at before a push is claimed, and again before one that is sent later', async () => {
  const { clock, seen, check } = checking()
  await check()
  expect(seen).toHaveLength(1)
  clock.ms += 999
  await check()
  expect(seen).toHaveLength(1)
  clock.ms += 1
  await check()
  expect(seen).toHaveLength(2)
})

test('they are looked at after the clock was set back', async () => {
  const { clock, seen, check } = checking()
  await check()
  clock.ms -= 60_000
  await check()
  expect(seen).toHaveLength(2)
})

test('where the log does not answer, it is reported and pushes go on', async () => {
  const { seen, check } = checking(() => Promise.reject(new Error('away')))
  await check()
  expect(seen).toEqual(['looked', 'Error: away'])
})
