import { expect, test } from 'vitest'
import { hubFull } from '../../../src/worker/hub/hub-request.ts'

test('whoever finds no room is told when to come back', () => {
  expect(hubFull()).toMatchObject({ status: 503, code: 'no-room', retryAfterSeconds: 5 })
})
