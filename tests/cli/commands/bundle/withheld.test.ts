import { expect, test } from 'vitest'
import { tocsin } from '../../../support/processes/cli.ts'
import { cleaning } from '../../../support/scratch.ts'
import { ringOf, type SignedTestEntry, signedEntries } from '../../../support/signing/signed-logs.ts'
import { live, welcome } from '../../../support/streams/collected-events.ts'
import { streamServer } from '../../../support/streams/stream-server.ts'

const clean = cleaning()
const ring = ringOf(0)
const other = ringOf(0)
const alerts = [0, 1, 2, 3, 4].map((nth) => ({
  ...{ id: `id-${nth}`, level: 'urgent', audience: 'public', status: 'live', language: 'en', topics: [] },
  ...{ headline: `News ${nth}`, summary: '' },
}))
/** Seq 1, 3, 5, 7 and 9. */
const entries = signedEntries(ring, 'e', alerts)
const foreign = signedEntries(other, 'e', alerts)
/** Their texts are not what was signed. Unlike those of an unknown key they are refused at once. */
const forged = entries.map((it) => ({ ...it, alert: { ...it.alert, headline: 'Forged' } }))

/** Runs `listen --verify` on what a service sends, until it is live after a replay or `--count` ends it. */
async function listenTo(frames: readonly object[], ...flags: readonly string[]) {
  const server = await streamServer({
    onPeer: (peer) => {
      for (const frame of frames) peer.send(frame)
    },
  })
  clean(() => server.close())
  const stop = new AbortController()
  const warned = (line: string) => {
    if (line.includes('live …') && !flags.includes('--count')) setImmediate(() => stop.abort())
  }
  const args = ['listen', '--lang', 'en', '--transport', 'socket', '--verify', ring.keys[0].publicKey, ...flags]
  return tocsin(args, { env: { TOCSIN_URL: server.url }, warned, stop: stop.signal })
}

function frame(it: SignedTestEntry | undefined): object {
  return { type: 'alert', ...it, cursor: `e.${it?.seq}` }
}

test('after an entry that was withheld, it goes on before the first, whatever was shown after it', async () => {
  const frames = [entries[0], entries[1], forged[2], entries[3], forged[4]].map(frame)
  const { code, out, err } = await listenTo([welcome(0, 'replay'), ...frames, live(12)], '--after', 'e.0')
  expect([code, out.match(/News \d/g)]).toEqual([1, ['News 0', 'News 1', 'News 3']])
  expect(err).toMatch(/e\.5 is the first entry that could not be verified, and e\.3 is before it\./)
  expect(err).toMatch(/To go on from there: npx tocsin listen --after e\.3 --lang en/)
  expect(err).not.toMatch(/--after e\.(5|7|9|12)/)
})

test.each<[string, object, readonly string[], string]>([
  ['that was given', welcome(4, 'replay'), ['--after', 'e.4'], '--after e.4 '],
  ['at which the service began', welcome(4), [], '--after e.4 '],
  ['after a reset', { type: 'reset', reason: 'log-changed', head: 'e.4', snapshot: '/v1/alerts' }, [], '--after e.4 '],
])('where nothing was shown before, it goes on from the cursor %s', async (_, first, flags, cursor) => {
  const frames = [first, frame(forged[2]), frame(entries[3]), { type: 'head', cursor: 'e.8' }]
  const { code, err } = await listenTo([...frames, live(8)], '--count', '1', ...flags)
  expect([code, err]).toEqual([1, expect.stringContaining(cursor)])
})

test('where no cursor is known from before it, it says so and names none', async () => {
  const { err } = await listenTo([frame(forged[2]), frame(entries[3])], '--count', '1')
  expect(err).toMatch(/There is no cursor from before e\.5/)
  expect(err).not.toContain('--after')
})

test('of a key that is not known it says the id, and how it is compared, once', async () => {
  const frames = [foreign[0], foreign[1], entries[2]].map(frame)
  const { err } = await listenTo([welcome(0, 'replay'), ...frames, live(5)], '--after', 'e.0')
  expect(err.match(/could not be verified \(unknown-key\), and is not shown/g)).toHaveLength(2)
  expect(err.match(/It names the key \S+/g)).toEqual([`It names the key ${other.keys[0].id},`])
  for (const part of ['npx tocsin signing-key show', 'GET /v1/newsroom', 'by another way']) expect(err).toContain(part)
})

test('of an entry that is forged it names no key', async () => {
  const frames = [forged[0], entries[1]].map(frame)
  const { err } = await listenTo([welcome(0, 'replay'), ...frames, live(3)], '--after', 'e.0')
  expect(err).toContain('(forged), and is not shown.')
  expect(err).not.toContain('names the key')
})
