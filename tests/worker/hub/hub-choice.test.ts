import { expect, test } from 'vitest'
import { HubChoice } from '../../../src/worker/hub/hub-choice.ts'

test('readers go to one hub until it is full, then to the next; then they are spread', () => {
  const choice = new HubChoice(10, () => 0)
  expect(choice.candidates('weur', 0)).toEqual([0, 1])
  choice.accepted('weur', 0)
  expect(choice.candidates('weur', 0)).toEqual([0, 1])
  choice.full('weur', 0, 0)
  expect(choice.candidates('weur', 0)).toEqual([1])
  choice.accepted('weur', 1)
  expect(choice.candidates('weur', 0)).toEqual([1, 2])
  expect(choice.candidates('weur', 20_000), 'who was full has room again after a while').toEqual([0, 1, 2])
})

test('a hub that somebody else has filled is not begun with again', () => {
  const choice = new HubChoice(10, () => 0)
  for (let hub = 0; hub < 3; hub += 1) choice.full('me', hub, 0)
  expect(choice.candidates('me', 0)).toEqual([3])
  expect(choice.candidates('apac', 0), 'regions know nothing of each other').toEqual([0, 1])
})

test('there are never more hubs than allowed, and no more than four tries', () => {
  const choice = new HubChoice(2, () => 0.99)
  choice.full('oc', 0, 0)
  choice.full('oc', 1, 0)
  expect(choice.candidates('oc', 0), 'the one that was full first').toEqual([0, 1])
  const many = new HubChoice(100, () => 0.5)
  many.accepted('oc', 50)
  const tried = many.candidates('oc', 0)
  expect(tried).toHaveLength(4)
  expect(tried.at(-1)).toBe(51)
})

test('a hub that was full and has taken a reader since is one like others, the second time as well', () => {
  const choice = new HubChoice(10, () => 0)
  for (const nowMs of [0, 20_000]) {
    choice.full('weur', 0, nowMs)
    expect(choice.candidates('weur', nowMs)).not.toContain(0)
    choice.accepted('weur', 0)
    expect(choice.candidates('weur', nowMs)).toContain(0)
  }
})
