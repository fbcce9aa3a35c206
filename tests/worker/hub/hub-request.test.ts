import { expect, test } from 'vitest'
import { hubFull } from '../../../src/worker/hub/hub-request.ts'

test('a full hub answers with Retry-After', () => {
  expect(hubFull()).toMatchObject({ status: 503, code: 'no-room', retryAfterSeconds: 5 })
})
