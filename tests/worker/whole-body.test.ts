import { expect, test, vi } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { withWholeBody } from '../../src/worker/whole-body.ts'

const megabyte = 1024 * 1024

/** A request whose body comes in these pieces; `null` breaks it off, and nothing ever follows `'silence'`;
 * `'wait'` comes after a second. */
function requestOf(
  pieces: Iterable<string | null | 'silence' | 'wait'>,
  headers: Record<string, string> = {},
  path = '/v1/alerts?dryRun=true',
) {
  const rest = pieces[Symbol.iterator]()
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = rest.next()
        if (done) return controller.close()
        if (value === null) return controller.error(new Error('reset by peer'))
        if (value === 'silence') return new Promise<void>(() => {})
        if (value === 'wait') await new Promise((resolve) => setTimeout(resolve, 1_000))
        read += value.length
        controller.enqueue(new TextEncoder().encode(value))
      },
    },
    { highWaterMark: 0 },
  )
  const init = { method: 'POST', headers, body, duplex: 'half' as const }
  return { request: new Request(`https://alerts.example${path}`, init), read: () => read }
}

test.for([
  [[], ''],
  [['x'], 'x'],
  [['{"texts":', '{}}'], '{"texts":{}}'],
])('the pieces %j arrive as one body', async ([pieces, whole]) => {
  const { request } = requestOf(pieces as string[], { authorization: 'Bearer x', 'content-length': '999' })
  const passed = await withWholeBody(request)
  expect(await passed.text()).toBe(whole)
  expect([passed.method, passed.url, passed.headers.get('authorization'), passed.redirect]).toEqual([
    'POST',
    'https://alerts.example/v1/alerts?dryRun=true',
    'Bearer x',
    'manual',
  ])
})

test('a request without a body is passed on as it is', async () => {
  const request = new Request('https://alerts.example/v1/alerts')
  expect(await withWholeBody(request)).toBe(request)
})

test('of what no route takes only so much is passed on that its length is refused, and the rest is read', async () => {
  const { request, read } = requestOf(Array.from({ length: 32 }, () => 'x'.repeat(megabyte / 16)))
  expect((await (await withWholeBody(request)).arrayBuffer()).byteLength).toBe(65_537)
  expect(read()).toBe(2 * megabyte)
})

test('the route that imports subscriptions is passed more', async () => {
  const path = '/v1/desk/subscriptions'
  const { request } = requestOf(
    Array.from({ length: 32 }, () => 'x'.repeat(megabyte / 16)),
    {},
    path,
  )
  expect((await (await withWholeBody(request)).arrayBuffer()).byteLength).toBe(megabyte + 1)
})

test.for([
  ['a short body', 'x', 5_000],
  ['a long body', 'x'.repeat(70_000), 30_000],
])('%s that comes drop by drop is refused when its time is over', async ([, first = '', msMax]) => {
  vi.useFakeTimers()
  try {
    function* drops() {
      yield first as string
      for (;;) yield 'wait'
    }
    const { request } = requestOf(drops())
    const asked = withWholeBody(request).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(Number(msMax) - 100)
    expect(await Promise.race([asked, Promise.resolve('waiting')])).toBe('waiting')
    await vi.advanceTimersByTimeAsync(200)
    expect(await asked).toMatchObject({ status: 408, code: 'body-too-late' })
  } finally {
    vi.useRealTimers()
  }
})

test('a body that never ends is not read for ever', async () => {
  function* endless() {
    for (;;) yield 'x'.repeat(megabyte)
  }
  const { request, read } = requestOf(endless())
  await withWholeBody(request)
  expect(read()).toBeLessThanOrEqual(10 * megabyte)
})

test('a body that breaks off is a bad request', async () => {
  const { request } = requestOf(['{"texts":', null])
  await expect(withWholeBody(request)).rejects.toMatchObject({ status: 400, code: 'body-broken-off' })
})

test.for([0, 1, 3])('a body that falls silent after %i pieces is refused after five seconds', async (pieces) => {
  vi.useFakeTimers()
  try {
    const { request } = requestOf([...Array.from({ length: pieces }, () => 'x'), 'silence'])
    const asked = withWholeBody(request).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(5_000)
    const error = await asked
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ status: 408, code: 'body-too-late' })
  } finally {
    vi.useRealTimers()
  }
})
