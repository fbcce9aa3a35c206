import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { loggedError } from '../../src/node/logger.ts'
import { StorageFault } from '../../src/store/storage-fault.ts'

const secret = 'reader-198.51.100.77'

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

test.each<[string, () => unknown]>([
  ['an address that is none', () => thrownBy(() => new URL(`http://:${secret}`))],
  [
    'the bytes of a request',
    () => Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID', rawPacket: Buffer.from(secret) }),
  ],
  [
    'a row',
    () =>
      Object.assign(new Error('violates a constraint'), { code: '23514', detail: `Failing row contains (${secret})` }),
  ],
  [
    'a cause’s',
    () => new StorageFault('failing', 'store', { cause: Object.assign(new Error('no'), { where: secret }) }),
  ],
  ['several', () => new AggregateError([Object.assign(new Error('one'), { parameters: [secret] })], 'all')],
  ['what is no error', () => ({ message: secret })],
  ['an option', () => thrownBy(() => request({ host: 'localhost', method: 'GET', path: `/${secret} ` }))],
])('%s is not logged with an error', (_, make) => {
  expect(JSON.stringify(loggedError(make()))).not.toContain(secret)
})

test('what helps an operator is: class, message, stack, codes, and the causes', () => {
  const cause = Object.assign(new Error('disk I/O error'), { errcode: 10, code: 'ERR_SQLITE_ERROR' })
  const logged = loggedError(new StorageFault('failing', 'store', { cause }))
  expect(logged).toMatchObject({
    type: 'StorageFault',
    message: expect.stringContaining('its disk fails'),
    stack: expect.stringContaining('logger.test.ts'),
    code: 'cannot-store',
    kind: 'failing',
    cause: { type: 'Error', message: 'disk I/O error', code: 'ERR_SQLITE_ERROR', errcode: 10 },
  })
  expect(loggedError('a text')).toBe('a text')
  let deep = new Error('the first')
  for (let nth = 0; nth < 50; nth += 1) deep = new Error(String(nth), { cause: deep })
  expect(JSON.stringify(loggedError(deep)).split('"cause"')).toHaveLength(6)
})

test('the log of the service holds to it', () => {
  const program = `const { openLogger } = await import(process.argv[1])
    openLogger({ logLevel: 'trace' }).report(Object.assign(new Error('refused'), { detail: '${secret}' }), 'storing')`
  const logger = new URL('../../src/node/logger.ts', import.meta.url).href
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, logger], { encoding: 'utf8' })
  expect(JSON.parse(stderr)).toMatchObject({ level: 50, doing: 'storing', err: { type: 'Error', message: 'refused' } })
  expect(stderr).not.toContain(secret)
})
