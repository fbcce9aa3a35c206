import { expect, test } from 'vitest'
import { deskServer, tocsin } from '../../support/processes/cli.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'

const clean = cleaning()

test('listen --verify shows what the pinned or the given key has signed; under another key it says so, without the text', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const env = { TOCSIN_URL: service.url }
  const { cursor } = await publish(service.url, english('Before'))
  await publish(service.url, english('Signed'))
  const { signingKeys } = (await (await fetch(`${service.url}/v1/newsroom`)).json()) as {
    signingKeys: readonly { readonly publicKey: string }[]
  }
  const args = ['listen', '--lang', 'en', '--after', cursor, '--count', '1']
  for (const key of [[], [String(signingKeys[0]?.publicKey)]]) {
    const { code, out } = await tocsin([...args, '--verify', ...key], { env })
    expect([code, out]).toEqual([0, expect.stringContaining('Signed')])
  }
  const again = await tocsin([...args, '--level', 'routine', '--verify'], { env })
  expect(again.err).toMatch(/To go on from there: npx tocsin listen --after \S+\.2 --lang en --level routine --verify$/)
  const epoch = cursor.slice(0, cursor.indexOf('.'))
  const stop = new AbortController()
  // What is not shown does not count: it goes on until it is stopped.
  const warned = (line: string) => {
    if (line.includes('could not be verified')) setImmediate(() => stop.abort())
  }
  const { code, out, err } = await tocsin([...args, '--verify', ringOf(0).keys[0].publicKey], {
    ...{ env, warned, stop: stop.signal },
  })
  expect([code, stop.signal.aborted]).toEqual([1, true])
  expect(err).toContain(`Entry ${epoch}.2 could not be verified (unknown-key), and is not shown.`)
  expect(`${out}${err}`).not.toContain('Signed')
}, 30_000)

test('listen --verify --mirror reads a mirror while something else answers in the place of the service, and says so', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const { cursor } = await publish(service.url, english('Before'))
  await publish(service.url, english('Mirrored'))
  const { signingKeys } = (await (await fetch(`${service.url}/v1/newsroom`)).json()) as {
    signingKeys: readonly { readonly publicKey: string }[]
  }
  const file = await (await fetch(`${service.url}/v1/bundle/en`)).text()
  const asked: string[] = []
  const server = await deskServer(({ path }) => {
    asked.push(path)
    return path === '/copy/bundles/en.json' ? { status: 200, body: file } : { status: 404, body: 'Blocked' }
  })
  clean(() => server.close())
  const key = String(signingKeys[0]?.publicKey)
  const flags = ['--lang', 'en', '--after', cursor, '--verify', key, '--mirror', `${server.url}/copy`, '--count', '1']
  const { code, out, err } = await tocsin(['listen', ...flags], { env: { TOCSIN_URL: server.url } })
  expect([code, out]).toEqual([0, expect.stringContaining('Mirrored')])
  expect(out).toContain('via 127.0.0.1')
  expect(err).toMatch(/The service does not answer; from the mirror 127\.0\.0\.1, as of \S+ \(/)
  expect(asked).toContain(`/v1/socket?languages=en&after=${cursor}&heartbeat=4`)
  const json = await tocsin(['listen', ...flags, '--json'], { env: { TOCSIN_URL: server.url } })
  expect(JSON.parse(json.out)).toMatchObject({ seq: 2, via: { mirror: '127.0.0.1' } })
}, 60_000)

test.each([
  [['--lang', 'en', '--mirror', 'https://mirror.example/'], '--mirror needs --verify'],
  [['--lang', 'en', '--verify', '--mirror', 'mirror.example'], 'It is the address of a folder'],
  [['--lang', 'en', '--verify', '--mirror', 'ftp://mirror.example/'], 'It is the address of a folder'],
  [['--lang', 'en', '--verify', '--test', '--mirror', 'https://mirror.example/'], 'does not go with --test'],
  [['--verify', '--mirror', 'https://mirror.example/'], '--mirror needs --lang'],
  [['--lang', '*', '--verify', '--mirror', 'https://mirror.example/'], '--mirror needs --lang'],
  [['--lang', 'en', '--verify', 'abc'], 'It is a public key (43 characters'],
  [['--lang', 'en', '--verify', ringOf(0).keys[0].id], 'takes a public key (43 characters) of a stream'],
  [['--lang', 'en', '--verify', `${'A'.repeat(42)}B`], 'It is a public key (43 characters'],
  [['--lang', 'en', '--key', ringOf(0).keys[0].publicKey], "unknown option '--key'"],
])('listen %j is refused: %s', async (args, words) => {
  const { code, err } = await tocsin(['listen', ...args])
  expect([code, err]).toEqual([2, expect.stringContaining(words)])
})

test.each([[], ['--lang', '*']])('listen --verify %j shows what is genuine in all its languages', async (...lang) => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  await publish(service.url, {
    texts: { en: { headline: 'The bridge', summary: '' }, fa: { headline: 'پل', summary: '' } },
  })
  const flags = ['--after', `${await epochOf(service.url)}.0`, '--count', '1', '--verify']
  const { code, out } = await tocsin(['listen', ...lang, ...flags], { env: { TOCSIN_URL: service.url } })
  expect([code, out]).toEqual([0, expect.stringContaining('The bridge')])
  expect(out).toContain('پل')
})

async function epochOf(url: string): Promise<string> {
  return ((await (await fetch(`${url}/v1/head`)).json()) as { epoch: string }).epoch
}

test('listen --verify --mirror without a key says that mirrors are not read until one is known', async () => {
  const stop = new AbortController()
  const flags = ['--lang', 'en', '--verify', '--mirror', 'https://mirror.example/', '--url', 'http://127.0.0.1:9']
  const ended = tocsin(['listen', ...flags], { stop: stop.signal })
  stop.abort()
  expect((await ended).err).toMatch(/No key is known yet: mirrors are read only once .* --verify <key>/)
})
