import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from '../src/http/turns.ts'

const soon = (act: () => void): void => void setImmediate(act)

test('a crowd goes on a few in each turn, in its order, and others have the turns between', async () => {
  const turns = new Turns(3, soon)
  const gone: string[] = []
  const all = Promise.all(Array.from({ length: 8 }, (_, at) => turns.next().then(() => gone.push(String(at)))))
  for (let nth = 0; nth < 3; nth += 1) {
    await turn()
    gone.push('|')
  }
  await all
  expect(gone.join('')).toBe('012|345|67|')
})

test('whoever comes while others go on is not forgotten, and one alone waits a turn at most', async () => {
  const turns = new Turns(1, soon)
  const gone: number[] = []
  await turns.next()
  const first = turns.next().then(() => {
    gone.push(1)
    return turns.next().then(() => gone.push(3))
  })
  await Promise.all([first, turns.next().then(() => gone.push(2))])
  expect(gone).toEqual([1, 2, 3])
})
