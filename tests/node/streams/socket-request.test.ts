import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { secretHash } from '../../../src/auth/secret.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { streamRequests } from '../../../src/node/streams/socket-request.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { newsroom } from '../../support/samples.ts'

const now = () => Date.parse('2026-01-01T00:00:00.000Z')
const editors = new SqliteEditors(openSqlite(':memory:'))
await editors.add({ id: 'e', name: 'Ed', role: 'writer', createdAt: '2026-01-01T00:00:00.000Z' }, await secretHash('k'))
const asking = () => {
  const read = streamRequests({ newsroom, editors, now, publicUrl: null })
  return (url: string, headers: IncomingMessage['headers'] = {}) => read({ url, headers } as IncomingMessage)
}

test('the same address is parsed once, and nobody waits for it; another cursor is another request', () => {
  const ask = asking()
  const first = ask('/v1/socket?languages=fa,en&after=e.7')
  expect(first).toMatchObject({ interest: { languages: ['fa', 'en'] }, after: { epoch: 'e', seq: 7 } })
  expect(ask('/v1/socket?languages=fa,en&after=e.7')).toBe(first)
  expect(ask('/v1/socket?languages=fa,en&after=e.8')).toMatchObject({ after: { seq: 8 } })
})

test('thousands of different URLs, or long ones, are answered correctly all the same', () => {
  const ask = asking()
  for (let seq = 0; seq < 5_000; seq += 1)
    expect(ask(`/v1/socket?after=e.${seq}`)).toMatchObject({ after: { epoch: 'e', seq } })
  const long = `/v1/socket?after=e.1&languages=${'en,'.repeat(400)}fa`
  expect(() => ask(long)).toThrow(expect.objectContaining({ status: 400 }))
})

test.each([
  ['test', undefined],
  ['all', true],
])(
  'a listener to %s is asked for the key each time: nobody comes in behind one who had it',
  async (audience, isDesk) => {
    const ask = asking()
    const address = `/v1/socket?audience=${audience}`
    const withKey = { authorization: 'Bearer k' }
    for (let round = 0; round < 2; round += 1) {
      expect(await ask(address, withKey)).toMatchObject({
        interest: { audience: 'test', ...(isDesk ? { isDesk } : {}) },
      })
      await expect(ask(address)).rejects.toMatchObject({ status: 403, code: 'test-audience' })
    }
  },
)

test('what cannot be understood is refused each time', () => {
  const ask = asking()
  for (let round = 0; round < 2; round += 1) {
    expect(() => ask('/v1/socket?language=en')).toThrow(expect.objectContaining({ code: 'unknown-parameter' }))
    expect(() => ask('/v1/sockets')).toThrow(expect.objectContaining({ status: 404 }))
  }
})
