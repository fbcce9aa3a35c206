import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type BadLine, chunksOf, linesOf } from '../../../src/cli/commands/chunks.ts'
import { inactivityTimeout, printAll } from '../../../src/cli/commands/subscriptions-command.ts'
import { deskServer, type Reply, tocsin } from '../../support/processes/cli.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

async function setUp(reply: Parameters<typeof deskServer>[0]) {
  const server = await deskServer(reply)
  clean(() => server.close())
  return { asked: server.asked, env: { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' } }
}
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `{"n":${at + 1}}`)
const linesIn = (body: unknown) => String(typeof body === 'string' ? body : JSON.stringify(body)).split('\n')
const all = (made: number): Reply => ({ status: 200, body: { made, kept: 0, refused: [] } })

test('a file goes out in chunks, and a refused line is named by its number in the whole file', async () => {
  const file = join(scratchFolder(clean), 'readers.ndjson')
  writeFileSync(file, numbered(7).join('\n'))
  const refused = [{ line: 2, code: 'key-refused', detail: 'Not on the curve.' }]
  const { asked, env } = await setUp(({ body }, index) =>
    index === 1 ? { status: 200, body: { made: 2, kept: 0, refused } } : all(linesIn(body).length),
  )
  const { code, out, err } = await tocsin(['subscriptions', 'import', file, '--chunk', '3'], { env })
  expect(asked.map(({ body }) => linesIn(body))).toEqual([
    ['{"n":1}', '{"n":2}', '{"n":3}'],
    ['{"n":4}', '{"n":5}', '{"n":6}'],
    ['{"n":7}'],
  ])
  expect(asked[0]?.headers['content-type']).toBe('application/x-ndjson')
  expect(err).toContain('line 5  key-refused: Not on the curve.')
  expect(out).toContain('6 made, 0 there already, 1 refused')
  expect(code).toBe(1)
})

test('a chunk whose answer was lost is sent again, and the rest after it', async () => {
  const { asked, env } = await setUp((_, index) => (index === 1 ? 'tear' : all(2)))
  const { code, out } = await tocsin(['subscriptions', 'import', '-', '--chunk', '2', '--json'], {
    env,
    input: numbered(4).join('\n'),
  })
  expect(code).toBe(0)
  expect(asked.map(({ body }) => linesIn(body)[0])).toEqual(['{"n":1}', '{"n":3}', '{"n":3}'])
  expect(JSON.parse(out)).toEqual({ made: 4, kept: 0, refused: 0 })
})

test('when it is refused in the middle it says from which line to go on, and goes on from there', async () => {
  const problem = { status: 403, code: 'role-too-low', detail: 'This needs the role admin.' }
  const { asked, env } = await setUp((_, index) => (index === 1 ? { status: 403, body: problem } : all(2)))
  const input = numbered(4).join('\n')
  const broken = await tocsin(['subscriptions', 'import', '-', '--chunk', '2'], { env, input })
  expect(broken.code).toBe(1)
  expect(broken.err).toContain('--from-line 3')
  expect(broken.err).toContain('role-too-low')
  expect((await tocsin(['subscriptions', 'import', '-', '--from-line', '3'], { env, input })).code).toBe(0)
  expect(linesIn(asked.at(-1)?.body)).toEqual(['{"n":3}', '{"n":4}'])
})

test.each([
  ['import'],
  ['import', '-', '--chunk', '0'],
  ['import', '-', '--chunk', '5001'],
  ['import', '-', '--from-line', 'x'],
  ['export', 'file'],
  ['imprt', '-'],
  [],
])('subscriptions %s %s %s is wrong usage', async (...args: string[]) => {
  const { code } = await tocsin(['subscriptions', ...args], { env: { TOCSIN_KEY: 'secret' } })
  expect(code).toBe(2)
})

test('a missing file is an error with a sentence', async () => {
  const { code, err } = await tocsin(['subscriptions', 'import', '/nowhere.ndjson'], { env: { TOCSIN_KEY: 'x' } })
  expect(code).toBe(1)
  expect(err).toContain('/nowhere.ndjson cannot be read')
})

test('an export is printed line by line, and one that breaks off is an error', async () => {
  const { env } = await setUp(() => ({ status: 200, body: '{"a":1}\n{"b":2}\n' }))
  const whole = await tocsin(['subscriptions', 'export'], { env })
  expect([whole.code, whole.out]).toEqual([0, '{"a":1}\n{"b":2}'])
  expect(whole.err).toContain('secrets')
  const cut = await setUp(() => ({ status: 200, body: '{"a":1}\n', headers: { 'content-length': '100' } }))
  expect((await tocsin(['subscriptions', 'export'], { env: cut.env })).code).toBe(1)
  const denied = await setUp(() => ({ status: 403, body: { code: 'role-too-low', detail: 'Ask an admin.' } }))
  expect(await tocsin(['subscriptions', 'export'], { env: denied.env })).toMatchObject({
    code: 1,
    err: expect.stringContaining('Ask an admin.'),
  })
})

test('the counts are printed in descending order', async () => {
  const body = { total: 5, test: 1, languages: { en: 1, fa: 4 }, levels: { urgent: 5 }, topics: { '*': 5 } }
  const { env } = await setUp(() => ({ status: 200, body }))
  const { code, out } = await tocsin(['subscriptions', 'count'], { env })
  expect(code).toBe(0)
  expect(out).toMatch(/5 subscriptions, and 1 to test alerts[\s\S]*fa +4\n {2}en +1[\s\S]*all +5/)
  expect(JSON.parse((await tocsin(['subscriptions', 'count', '--json'], { env })).out)).toEqual(body)
})

async function* inPieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('lines are the same however the text is cut, and characters are not cut', async () => {
  for (const size of [1, 2, 3, 5, 100])
    expect(await gather(linesOf(inPieces('سلام\n\n{"a":"é"}\nlast', size)))).toEqual(['سلام', '', '{"a":"é"}', 'last'])
})

test('no chunk is larger than the service takes, and their line numbers have no gap', async () => {
  const long = 'x'.repeat(50_000)
  const text = Array.from({ length: 60 }, () => long).join('\n')
  const chunks = await gather(chunksOf(linesOf(inPieces(text, 8_192)), { linesMax: 500, fromLine: 1 }))
  for (const chunk of chunks) expect(Buffer.byteLength(chunk.text)).toBeLessThanOrEqual(1024 * 1024)
  let next = 1
  for (const { firstLine, lines } of chunks) {
    expect(firstLine).toBe(next)
    next += lines
  }
  expect(next).toBe(61)
})

const lineMax = 64 * 1_024
const tooLong: Partial<BadLine> = { code: 'too-long' }
const notUtf8: Partial<BadLine> = { code: 'malformed-json', detail: expect.stringContaining('UTF-8') }
const bytesOf = (...parts: readonly (string | number[])[]) =>
  Buffer.concat(parts.map((it) => Buffer.from(it as string)))

test.each<[string, Uint8Array, readonly (string | Partial<BadLine>)[]]>([
  ['as long as may be', bytesOf('a'.repeat(lineMax), '\nb'), ['a'.repeat(lineMax), 'b']],
  ['one byte too long', bytesOf('a'.repeat(lineMax + 1), '\nb'), [tooLong, 'b']],
  ['many pieces too long', bytesOf('a\n', 'a'.repeat(lineMax * 9), '\nb\n'), ['a', tooLong, 'b']],
  ['too long in bytes, not in characters', bytesOf('ی'.repeat(lineMax / 2 + 1), '\nb'), [tooLong, 'b']],
  ['too long at the end of the file', bytesOf('a\n', 'b'.repeat(lineMax * 2)), ['a', tooLong]],
  [
    'two too long, one behind the other',
    bytesOf('a'.repeat(lineMax + 9), '\n', 'b'.repeat(lineMax + 1), '\nc'),
    [tooLong, tooLong, 'c'],
  ],
  ['Latin-1', bytesOf('a\n"caf', [0xe9], '"\nb'), ['a', notUtf8, 'b']],
  ['cut in a character, at the end', bytesOf('a\n"', [0xd8]), ['a', notUtf8]],
  ['an overlong form', bytesOf([0xc0, 0xaf], '\nb'), [notUtf8, 'b']],
  ['half a pair', bytesOf([0xed, 0xa0, 0x80], '\nb'), [notUtf8, 'b']],
  ['a replacement character that somebody wrote', bytesOf('\ufffd\nb'), ['\ufffd', 'b']],
])('a line that is %s spoils at most itself, however it comes', async (_, bytes, lines) => {
  for (const size of [7, 4_096, bytes.length])
    expect(await gather(linesOf(inPieces(bytes, size)))).toEqual(
      lines.map((line) => (typeof line === 'string' ? line : expect.objectContaining(line))),
    )
})

test('a line that is no text is refused by its number, and all others are sent under theirs', async () => {
  const long = `{"n":"${'x'.repeat(lineMax)}"}`
  const input = bytesOf(`n=1\n${long}\nn=3\n{"n":"`, [0xe9], '"}\nn=5\n', long, '\n', long, '\nn=8')
  const answers: Reply[] = [
    {
      status: 200,
      body: { made: 1, kept: 0, refused: [{ line: 3, code: 'key-refused', detail: 'Not on the curve.' }] },
    },
    all(1),
    all(1),
  ]
  const { asked, env } = await setUp((_, index) => answers[index] ?? all(0))
  const { code, out, err } = await tocsin(['subscriptions', 'import', '-', '--chunk', '3', '--json'], { env, input })
  expect(asked.map(({ body }) => linesIn(body))).toEqual([
    ['n=1', '', 'n=3'],
    ['', 'n=5', ''],
    ['', 'n=8'],
  ])
  expect(err.split('\n').map((line) => /^(line \d+ {2}[\w-]+):/.exec(line)?.[1])).toEqual([
    'line 2  too-long',
    'line 3  key-refused',
    'line 4  malformed-json',
    'line 6  too-long',
    'line 7  too-long',
  ])
  expect([code, JSON.parse(out)]).toEqual([1, { made: 3, kept: 0, refused: 5 }])
})

test.each([
  [2, 1],
  [3, 0],
])('to go on from line %i of a file with a bad line 2 refuses %i', async (fromLine, refused) => {
  const input = bytesOf('{"n":1}\n', 'x'.repeat(lineMax + 1), '\n{"n":3}')
  const { asked, env } = await setUp(() => all(1))
  const args = ['subscriptions', 'import', '-', '--json', '--from-line', String(fromLine)]
  expect(JSON.parse((await tocsin(args, { env, input })).out)).toEqual({ made: 1, kept: 0, refused })
  expect(linesIn(asked[0]?.body).at(-1)).toBe('{"n":3}')
})

test('nothing is sent of bad lines alone', async () => {
  const { asked, env } = await setUp(() => all(0))
  const { code, out } = await tocsin(['subscriptions', 'import', '-'], { env, input: Buffer.from([0xff, 10, 0xfe]) })
  expect([code, asked]).toEqual([1, []])
  expect(out).toContain('2 refused')
})

test('an export waits for a slow taker, and still ends when the service says nothing', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const silence = inactivityTimeout(1_000)
    const waits: (() => void)[] = []
    const wait = () => new Promise<void>((resolve) => waits.push(resolve))
    async function* body() {
      for (const line of ['{"n":1}\n', '{"n":2}\n{"n":3}\n', '{"unreadable":4}\n']) yield Buffer.from(line)
      await vi.advanceTimersByTimeAsync(999)
      expect(silence.signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(silence.signal.aborted).toBe(true)
    }
    const said: string[] = []
    const stop = new AbortController().signal
    const told = printAll(body(), silence, { print: (line) => said.push(line), said: wait, stop })
    for (let line = 0; line < 3; line += 1) {
      while (waits.length <= line) await Promise.resolve()
      await vi.advanceTimersByTimeAsync(60_000)
      expect([line, silence.signal.aborted]).toEqual([line, false])
      waits[line]?.()
    }
    expect(await told).toEqual({ printed: 3, unreadable: 4 })
    expect(said).toEqual(numbered(3))
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  ['a line without an end', 'x'.repeat(lineMax + 1)],
  ['what is no UTF-8', Buffer.from([0xe9, 10])],
])('an export that holds %s is not taken for the whole', async (_, bad) => {
  async function* body() {
    yield bytesOf('{"n":1}\n')
    yield Buffer.from(bad as string)
  }
  const shell = { print: () => {}, said: () => Promise.resolve(), stop: new AbortController().signal }
  await expect(printAll(body(), { begin: () => {}, end: () => {} }, shell)).rejects.toThrow('broke off after line 1')
})

async function gather<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

test('to go on from a line that the file does not have is an error that says how many it has; the line behind the last is not', async () => {
  const file = join(scratchFolder(clean), 'readers.ndjson')
  for (const [lines, ending] of [
    [11, ''],
    [11, '\n'],
    [1, '\n'],
    [0, ''],
  ] as const) {
    writeFileSync(file, numbered(lines).join('\n') + ending)
    const { asked, env } = await setUp(() => all(1))
    const from = (line: number) => tocsin(['subscriptions', 'import', file, '--from-line', String(line)], { env })
    for (const line of [lines + 2, 99]) {
      const { code, out, err } = await from(line)
      expect([lines, code, out]).toEqual([lines, 1, ''])
      expect(err).toContain(`There is no line ${line}: there are ${lines} in all.`)
    }
    expect((await from(lines + 1)).code).toBe(0)
    expect(asked).toEqual([])
  }
})
