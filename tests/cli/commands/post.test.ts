import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { deskServer, type Reply, tocsin } from '../../support/processes/cli.ts'
import { scratchFolder } from '../../support/scratch.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function serve(reply: Parameters<typeof deskServer>[0]) {
  const server = await deskServer(reply)
  open.push(server.close)
  return { ...server, env: { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' } }
}

const texts = { en: { headline: 'Ceasefire', summary: '' } }
const published: Reply = {
  status: 201,
  body: {
    alert: { id: 'id-1', level: 'urgent', version: 1, status: 'live', texts },
    seq: 4,
    cursor: 'e.4',
    warnings: [{ pointer: '/texts/en/headline', detail: 'Short.' }],
  },
}
const minimal = ['--level', 'urgent', '--lang', 'en', '--headline', 'Ceasefire']

describe('publish', () => {
  test('posts what the flags say, with the key and an idempotency key, and prints what came of it', async () => {
    const server = await serve(() => published)
    const more = [
      '--topic',
      'iran,iraq',
      '--topic',
      'un',
      '--summary',
      'S',
      '--link',
      'https://n.example/1',
      '--expires',
      '2030-01-01T00:00:00Z',
    ]
    const { code, out, err } = await tocsin(['publish', ...minimal, ...more], server)
    expect([code, err]).toEqual([0, ''])
    const [asked] = server.asked
    expect(asked).toMatchObject({
      method: 'POST',
      path: '/v1/alerts',
      headers: { authorization: 'Bearer secret' },
      body: {
        level: 'urgent',
        topics: ['iran', 'iraq', 'un'],
        texts: { en: { headline: 'Ceasefire', summary: 'S', url: 'https://n.example/1' } },
        expiresAt: '2030-01-01T00:00:00Z',
      },
    })
    expect(asked?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,200}$/)
    for (const part of ['Published', 'urgent', 'id-1', 'Ceasefire', 'e.4', 'Short.']) expect(out).toContain(part)
  })

  test('posts a JSON file or the standard input as it is, and prints JSON on one line', async () => {
    const server = await serve(() => published)
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-cli-'))
    open.push(() => rm(folder, { recursive: true }))
    const body = { level: 'flash', texts: { fa: { headline: 'آتش‌بس' } } }
    const file = join(folder, 'alert.json')
    await writeFile(file, JSON.stringify(body))
    const ran = await tocsin(['publish', file, '--json'], server)
    expect(JSON.parse(ran.out)).toEqual((published as { body: object }).body)
    expect(ran.out).not.toContain('\n')
    await tocsin(['publish', '-', '--test'], { ...server, input: JSON.stringify(body) })
    expect(server.asked.map((asked) => asked.body)).toEqual([body, { ...body, audience: 'test' }])
  })

  test.each([
    [['publish', '/nowhere/alert.json'], '', 'cannot be read'],
    [['publish', '-'], '{ "level": ', 'is not well-formed JSON'],
  ])('%j with the input %j asks nobody and says why', async (args, input, sentence) => {
    const server = await serve(() => published)
    const { code, err } = await tocsin(args, { ...server, input })
    expect([code, server.asked.length]).toEqual([1, 0])
    expect(err).toContain(sentence)
  })

  test('a dry run requests a dry run, and prints how many readers it would reach', async () => {
    const server = await serve(() => ({
      status: 200,
      body: { warnings: [], audience: { en: { push: 12, sockets: 3 } }, previews: {} },
    }))
    const { out } = await tocsin(['publish', ...minimal, '--dry-run'], server)
    expect(server.asked[0]?.path).toBe('/v1/alerts?dryRun=true')
    expect(out).toMatch(/nothing was stored or sent.*\n.*en +12 by push, 3 on a live/)
  })

  test('a dry run that not every process has answered says that there are at least so many', async () => {
    const audience = { en: { push: 12, sockets: 3 } }
    const server = await serve(() => ({
      status: 200,
      body: { warnings: [], audience, socketsAtLeast: true, previews: {} },
    }))
    const { out } = await tocsin(['publish', ...minimal, '--dry-run'], server)
    expect(out).toContain('12 by push, at least 3 on a live')
  })

  const dryRunReply: Reply = {
    status: 200,
    body: {
      warnings: [{ pointer: '/texts/en/headline', detail: 'It is long.' }],
      audience: { en: { push: 12, sockets: 3 } },
      previews: { en: { title: 'Ceasefire', body: '' } },
    },
  }
  const replyAll = ({ path }: { readonly path: string }): Reply =>
    path.endsWith('?dryRun=true') ? dryRunReply : path.endsWith('/id-1') ? current : published
  const current: Reply = { status: 200, body: { alert: { version: 2 } } }
  const posts: [string, readonly string[], string][] = [
    ['publish', minimal, '/v1/alerts'],
    ['update', ['id-1', '--lang', 'en', '--headline', 'x'], '/v1/alerts/id-1/update'],
    ['correct', ['id-1', '--lang', 'en', '--note', 'x'], '/v1/alerts/id-1/correction'],
    ['retract', ['id-1', '--lang', 'en', '--note', 'x'], '/v1/alerts/id-1/retraction'],
  ]
  const postsOf = (server: Awaited<ReturnType<typeof serve>>) =>
    server.asked.filter(({ method }) => method === 'POST').map(({ path }) => path)

  test.each(posts)('%s on a terminal shows warnings and reach, and waits for a yes', async (command, args, path) => {
    for (const answer of ['', 'n', 'no', 'yess', 'ok', 'ja yes']) {
      const server = await serve(replyAll)
      const { code, out, err } = await tocsin([command, ...args], { ...server, answer })
      expect([answer, code, out, postsOf(server)]).toEqual([answer, 1, '', [`${path}?dryRun=true`]])
      for (const said of ['It is long.', '12 by push, 3 on a live', 'Type yes', 'Nothing was sent.'])
        expect(err).toContain(said)
    }
    for (const answer of ['yes', 'y', ' YES ']) {
      const server = await serve(replyAll)
      const { code } = await tocsin([command, ...args], { ...server, answer })
      expect([answer, code, postsOf(server)]).toEqual([answer, 0, [`${path}?dryRun=true`, path]])
      const [first, second] = server.asked.filter(({ method }) => method === 'POST')
      expect([second?.body, second?.headers['if-match']]).toEqual([first?.body, first?.headers['if-match']])
      expect(first?.headers['idempotency-key']).toBeUndefined()
    }
  })

  test.each<[string, readonly string[], string | undefined]>([
    ['--yes', ['--yes'], 'no'],
    ['an earlier try that goes on', ['--idempotency-key', 'k'], 'no'],
    ['a test', ['--test'], 'no'],
    ['no terminal', [], undefined],
  ])('%s is not asked', async (_, more, answer) => {
    const server = await serve(replyAll)
    const { code } = await tocsin(['publish', ...minimal, ...more], {
      ...server,
      ...(answer === undefined ? {} : { answer }),
    })
    expect([code, postsOf(server)]).toEqual([0, ['/v1/alerts']])
  })

  test('what the dry run refuses is refused before the confirmation', async () => {
    const server = await serve(() => ({ status: 400, body: { code: 'invalid', detail: 'The headline is empty.' } }))
    const { code, err } = await tocsin(['publish', ...minimal], { ...server, answer: 'yes' })
    expect([code, server.asked.length]).toEqual([1, 1])
    expect(err).toContain('The headline is empty.')
    expect(err).not.toContain('Type yes')
  })

  test.each<[string, Reply[]]>([
    ['a torn connection', ['tear', 'tear', published]],
    ['a bad gateway', [{ status: 502, body: 'oops' }, published]],
    ['want of patience', [{ status: 429, body: { code: 'too-many', detail: 'Slower.' } }, published]],
  ])('a lost answer (%s) is asked for again with the same key and body', async (_, replies) => {
    const server = await serve((_asked, index) => replies[index] ?? published)
    const { code, err } = await tocsin(['publish', ...minimal], server)
    expect([code, server.asked.length]).toEqual([0, replies.length])
    expect(
      new Set(server.asked.map(({ headers, body }) => JSON.stringify([headers['idempotency-key'], body]))).size,
    ).toBe(1)
    expect(err).toContain('trying again')
  })

  test('when no answer ever comes, it says how to go on without publishing twice', async () => {
    const server = await serve(() => 'tear')
    const first = await tocsin(['publish', ...minimal], server)
    expect([first.code, server.asked.length]).toEqual([1, 5])
    const [, key] = /--idempotency-key (\S+)/.exec(first.err) ?? []
    expect(server.asked[0]?.headers['idempotency-key']).toBe(key)
    const second = await serve(() => published)
    await tocsin(['publish', ...minimal, '--idempotency-key', key ?? ''], second)
    expect(second.asked[0]?.headers['idempotency-key']).toBe(key)
  }, 20_000)

  test('a refusal is not repeated: exit code 1, every mistake with its pointer on the standard error', async () => {
    const errors = [
      { pointer: '/topics', detail: 'There is no topic "x".' },
      { pointer: '/texts/en/url', detail: 'An https address is wanted.\x1b[31m' },
    ]
    const server = await serve(() => ({
      status: 400,
      body: { code: 'invalid', detail: 'The alert cannot be taken.', errors },
    }))
    const { code, out, err } = await tocsin(['publish', ...minimal], server)
    expect([code, out, server.asked.length]).toEqual([1, '', 1])
    for (const part of ['400 invalid', 'The alert cannot be taken.', '/topics', '/texts/en/url'])
      expect(err).toContain(part)
    expect(err).not.toContain('\x1b')
  })

  test('an alert that waits for something is not called published', async () => {
    const server = await serve(() => ({ status: 202, body: { item: { id: 'item-1', state: 'held' } } }))
    const { code, out } = await tocsin(['publish', ...minimal], server)
    expect(code).toBe(0)
    expect(out).toMatch(/^Not out yet .*held[\s\S]*item-1/)
  })

  test.each([
    ['--hold', '0', 'holdSeconds', 0],
    ['--publish-at', '2030-01-01T00:00:00Z', 'publishAt', '2030-01-01T00:00:00Z'],
    ['--embargo', '2030-01-01T00:00:00Z', 'embargoUntil', '2030-01-01T00:00:00Z'],
    ['--override', 'Nobody is awake.', 'overrideReason', 'Nobody is awake.'],
  ])('%s %s is sent as %s, also beside a file that does not say otherwise', async (flag, value, field, sent) => {
    const server = await serve(() => published)
    await tocsin(['publish', ...minimal, flag, value], server)
    const input = JSON.stringify({ level: 'flash', [field]: sent })
    await tocsin(['publish', '-', flag, value], { ...server, input })
    expect(server.asked.map(({ body }) => (body as Record<string, unknown>)[field])).toEqual([sent, sent])
    const other = await tocsin(['publish', '-', flag, value], { ...server, input: JSON.stringify({ [field]: 7 }) })
    expect([other.code, other.err]).toEqual([2, expect.stringContaining(field)])
    expect(server.asked).toHaveLength(2)
  })
})

const all = ['--headline', 'H', '--summary', 'S', '--link', 'https://n.example/2']

test.each([
  ['update', 'update', ['--lang', 'en', '--headline', 'New'], { texts: { en: { headline: 'New' } } }],
  ['update', 'update', ['--lang', 'en', '--summary', 'New'], { texts: { en: { summary: 'New' } } }],
  [
    'update',
    'update',
    ['--lang', 'en', '--link', 'https://n.example/2'],
    { texts: { en: { url: 'https://n.example/2' } } },
  ],
  ['update', 'update', ['--lang', 'en', '--no-link'], { texts: { en: { url: null } } }],
  [
    'update',
    'update',
    ['--lang', 'fa', '--no-summary', '--no-image'],
    { texts: { fa: { summary: null, image: null } } },
  ],
  [
    'update',
    'update',
    ['--lang', 'en', '--no-link', '--headline', 'New'],
    { texts: { en: { headline: 'New', url: null } } },
  ],
  [
    'update',
    'update',
    ['--lang', 'en', ...all],
    { texts: { en: { headline: 'H', summary: 'S', url: 'https://n.example/2' } } },
  ],
  [
    'update',
    'update',
    ['--topic', 'iran', '--expires', '2030-01-01t00:00:00z'],
    { topics: ['iran'], expiresAt: '2030-01-01t00:00:00z' },
  ],
  ['correct', 'correction', ['--lang', 'en', '--note', 'N', '--level', 'flash'], { level: 'flash', note: { en: 'N' } }],
  ['retract', 'retraction', ['--lang', 'fa', '--note', 'N'], { note: { fa: 'N' } }],
])('%s posts to /%s exactly what %j say, on the newest version', async (command, route, flags, body) => {
  const server = await serve(({ method }) => (method === 'GET' ? stands(7) : published))
  expect((await tocsin([command, 'id/1', ...flags], server)).code).toBe(0)
  const [read, posted, ...more] = server.asked
  expect([read?.method, read?.path, more]).toEqual(['GET', '/v1/alerts/id%2F1', []])
  expect(posted).toMatchObject({ method: 'POST', path: `/v1/alerts/id%2F1/${route}`, headers: { 'if-match': '"7"' } })
  expect(posted?.body).toEqual(body)
})

const stands = (version: number): Reply => ({ status: 200, body: { alert: { version } } })
const correction = ['correct', 'id-1', '--lang', 'en', '--note', 'N']

test('a version that was named is sent as it is, and a file that names one is left alone', async () => {
  const server = await serve(() => published)
  await tocsin([...correction, '--alert-version', '3'], server)
  await tocsin(['update', 'id-1', '-'], { ...server, input: '\ufeff{"version":4,"level":"flash"}' })
  expect(server.asked.map(({ method, headers, body }) => [method, headers['if-match'], body])).toEqual([
    ['POST', '"3"', { note: { en: 'N' } }],
    ['POST', undefined, { version: 4, level: 'flash' }],
  ])
})

test('a dry run of a change requests a dry run, with the version', async () => {
  const dryRunBody = {
    warnings: [],
    audience: { en: { push: 2, sockets: 0 } },
    previews: { en: { title: 'Correction: H', body: 'N' } },
  }
  const server = await serve(({ method }) => (method === 'GET' ? stands(2) : { status: 200, body: dryRunBody }))
  const { code, out } = await tocsin([...correction, '--dry-run'], server)
  expect([code, server.asked[1]?.path, server.asked[1]?.headers['if-match']]).toEqual([
    0,
    '/v1/alerts/id-1/correction?dryRun=true',
    '"2"',
  ])
  expect(out).toContain('Correction: H / N')
})

test('an alert that changed meanwhile: exit code 1, who changed what, and how to go on', async () => {
  const problem = {
    code: 'alert-changed',
    detail: 'It changed.',
    version: 3,
    changes: [{ version: 3, kind: 'correction', at: '2026-03-01T12:00:00.000Z', by: 'Mina' }],
    differences: [
      { pointer: '/texts/en/headline', was: 'Five', is: 'Four\x1b[31m' },
      { pointer: '/texts/en/url', was: null, is: 'https://n.example/2' },
    ],
  }
  const server = await serve(({ method }) => (method === 'GET' ? stands(2) : { status: 409, body: problem }))
  const { code, out, err } = await tocsin(correction, server)
  expect([code, out, server.asked.length]).toEqual([1, '', 2])
  for (const part of [
    'It changed.',
    'correction by Mina',
    '/texts/en/headline',
    'was  Five',
    'is   Four',
    '(nothing)',
    '--alert-version 3',
  ])
    expect(err).toContain(part)
  expect(err).not.toContain('\x1b')
})

test.each([
  [['update', 'id-1', '--lang', 'en', '--link', 'https://n.example', '--no-link'], 'not both'],
  [['update', 'id-1', '--lang', 'en', '--summary', 'x', '--no-summary'], 'not both'],
  [['update', 'id-1', '--no-link'], '--lang'],
  [['update', 'id-1', '--summary', 'x'], '--lang'],
  [[...correction, '--alert-version', 'two'], '--alert-version'],
  [[...correction, '--alert-version', '0'], '--alert-version'],
  [['update', 'id-1', 'file.json', '--no-link'], 'not both'],
  [['publish', ...minimal, '--no-link'], '--no-link'],
])('%j asks nobody, and is wrong usage', async (args, sentence) => {
  const server = await serve(() => published)
  const { code, err } = await tocsin(args, server)
  expect([code, server.asked.length]).toEqual([2, 0])
  expect(err).toContain(sentence)
})

test.each([
  ['{"level":"urgent","level":"flash","texts":{}}', '/level'],
  ['{"texts":{"en":{"headline":"x","head\\u006cine":"y"}}}', '/texts/en/headline'],
  ['{"texts":{"__proto__":{"headline":"x"}}}', '/texts/__proto__'],
  ['{"texts":{"en":{"headline":"\\ud800"}}}', '/texts/en/headline'],
])('the file %s is not sent: what is wrong is named', async (input, pointer) => {
  const server = await serve(() => published)
  const { code, err } = await tocsin(['publish', '-'], { ...server, input })
  expect([code, server.asked.length]).toEqual([1, 0])
  expect(err).toContain(pointer)
})

test.each([
  ['Latin-1', Buffer.from('{"level":"flash","texts":{"en":{"headline":"caf\xe9"}}}', 'latin1')],
  ['Windows-1256', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc2, 0xca, 0xd4, 0x22, 0x7d])],
  ['UTF-16 with its mark', Buffer.from('\ufeff{"level":"flash"}', 'utf16le')],
  ['cut in a character', Buffer.from('{"level":"flé').subarray(0, -1)],
])('what is written in %s is not sent, be it a file or the standard input', async (_, bytes) => {
  const server = await serve(() => published)
  const file = join(
    scratchFolder((undo) => open.push(async () => void undo())),
    'alert.json',
  )
  await writeFile(file, bytes)
  for (const args of [
    ['publish', file],
    ['publish', '-'],
    ['update', 'id-1', file],
    ['retract', 'id-1', '-'],
  ]) {
    const { code, err } = await tocsin(args, { ...server, input: bytes })
    expect([args, code, server.asked]).toEqual([args, 1, []])
    expect(err).toContain('UTF-8')
  }
})

test('a flag that is not UTF-8 is wrong usage: Node has put another character in its place', async () => {
  const server = await serve(() => published)
  for (const args of [
    ['publish', '--level', 'flash', '--lang', 'en', '--headline', 'caf\ufffd'],
    ['publish', '--level', 'flash', '--lang', 'en', '--headline=caf\ufffd'],
    ['retract', 'id-1', '--lang', 'fr', '--note', '\ufffdt\ufffd'],
    ['editors', 'add', '--role', 'writer', '--name', 'Ren\ufffd'],
  ]) {
    const { code, err } = await tocsin(args, server)
    expect([code, server.asked]).toEqual([2, []])
    expect(err).toContain('UTF-8')
  }
})

test('editors: a key is shown once when added, the list has none, a revoked one is gone', async () => {
  const editor = { id: 'e1', name: 'Mina', role: 'editor', createdAt: '2026-01-01T00:00:00.000Z' }
  const server = await serve(({ method }) => {
    if (method === 'POST') return { status: 201, body: { editor, key: 'the-key' } }
    return method === 'GET' ? { status: 200, body: { editors: [editor] } } : { status: 204 }
  })
  const added = await tocsin(['editors', 'add', '--name', 'Mina', '--role', 'editor'], server)
  expect(added.out).toContain('the-key')
  const listed = await tocsin(['editors', 'list'], server)
  expect(listed.out).toMatch(/^e1 {2}editor {2}made 2026-01-01, last used never +Mina$/)
  const revoked = await tocsin(['editors', 'revoke', 'e1'], server)
  expect([revoked.code, revoked.err]).toEqual([0, 'Revoked  e1'])
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/desk/editors',
    'GET /v1/desk/editors',
    'DELETE /v1/desk/editors/e1',
  ])
})

describe('which alert', () => {
  const id = '01932f6e-7c00-7000-8000-00000000abcd'

  test.each([
    id,
    id.toUpperCase(),
    ` ${id}\n`,
    `https://alerts.example/en/alerts/${id}`,
    `https://alerts.example/sr-Latn/alerts/${id.toUpperCase()}/?utm_source=x#top`,
    `http://localhost:3000/v1/alerts/${id}`,
    `/fa/alerts/${id}`,
  ])('%j names it', async (given) => {
    const server = await serve(({ method }) =>
      method === 'GET' ? { status: 200, body: { alert: { version: 1 } } } : published,
    )
    const ran = await tocsin(['retract', given, '--lang', 'en', '--note', 'No.'], server)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(server.asked.map(({ path }) => path)).toEqual([`/v1/alerts/${id}`, `/v1/alerts/${id}/retraction`])
  })

  test.each(['https://alerts.example/en/', 'https://alerts.example/', '/en/'])('%j names none', async (given) => {
    const server = await serve(() => published)
    const ran = await tocsin(['retract', given, '--lang', 'en', '--note', 'No.'], server)
    expect([ran.code, server.asked]).toEqual([2, []])
    expect(ran.err).toContain('neither the id of an alert nor the address')
  })
})

describe('a key that no request can carry', () => {
  test.each([
    ['…', '“…”'],
    ['ключ', '“к”'],
    ['two words', 'white space'],
    ['a\u0000b', '“?”'],
    ['🔑', '“🔑”'],
  ])('%j is named by its variable, by every command that may send it', async (key, named) => {
    for (const args of [
      ['publish', ...minimal],
      ['update', 'x', '--level', 'flash'],
      ['listen', '--count', '1'],
      ['editors', 'list'],
      ['subscriptions', 'count'],
      ['doctor'],
    ]) {
      const ran = await tocsin(args, { env: { TOCSIN_URL: 'http://127.0.0.1:9', TOCSIN_KEY: key } })
      expect([args, ran.code]).toEqual([args, 2])
      expect(ran.err).toContain('TOCSIN_KEY')
      expect(ran.err).toContain(named)
    }
  })

  test('white space around it is passed over', async () => {
    const server = await serve(() => published)
    await tocsin(['publish', ...minimal], { env: { ...server.env, TOCSIN_KEY: ' secret\n' } })
    expect(server.asked[0]?.headers.authorization).toBe('Bearer secret')
  })
})
