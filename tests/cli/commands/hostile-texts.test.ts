import { expect, test } from 'vitest'
import { entryLines, goOnLine } from '../../../src/cli/commands/entry-lines.ts'
import { jsonLine, type Shell } from '../../../src/cli/shell.ts'
import type { Rendered } from '../../../src/domain/alert-types.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { cleaning } from '../../support/scratch.ts'
import { alert, welcome } from '../../support/streams/collected-events.ts'
import { streamServer } from '../../support/streams/stream-server.ts'

// What a hostile service or file writes into a terminal: ESC and CSI begin orders to it, BEL ends some, U+202E turns the text around.
const hostile = 'x\u001b]0;owned\u0007\u009b2J\u202e\r\ny'
const orders = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
const clean = cleaning()

const fields = {
  ...{ id: hostile, level: hostile, audience: hostile, language: hostile, headline: hostile, summary: hostile },
  ...{ url: hostile, note: hostile },
}

test('nothing of an entry reaches the terminal as an order, over a stream', async () => {
  const server = await streamServer({
    onPeer(peer) {
      peer.send(welcome(1))
      peer.send({ type: 'error', code: hostile, detail: hostile })
      peer.send({ ...alert(2), kind: hostile, at: hostile, alert: fields })
      peer.send({
        ...alert(3),
        at: hostile,
        alert: { ...fields, texts: { [hostile]: fields }, untouched: { [`z${hostile}`]: {} } },
      })
      peer.send({ type: 'reset', reason: hostile, head: 'e.9', snapshot: `/${hostile}` })
      peer.send({ ...alert(10), alert: { id: 1, language: null, headline: {}, note: [1] } })
    },
  })
  clean(server.close)
  const env = { TOCSIN_URL: server.url }
  const { code, out, err } = await tocsin(['listen', '--count', '3'], { env })
  expect(code).toBe(0)
  for (const line of `${out}\n${err}`.split('\n')) expect(line).not.toMatch(orders)
  // Line breaks of an entry make no further lines.
  expect(out.split('\n').filter((line) => line.startsWith('y'))).toEqual([])
  const json = await tocsin(['listen', '--count', '1', '--json'], { env })
  expect(json.out).not.toMatch(orders)
  expect(JSON.parse(json.out).alert.headline).toBe(hostile)
})

test('the words of a final close and of a refusal reach it as no orders', async () => {
  const server = await streamServer({ onPeer: (peer) => peer.close(4002, hostile) })
  clean(server.close)
  const { code, err } = await tocsin(['listen', '--transport', 'socket'], { env: { TOCSIN_URL: server.url } })
  expect([code, err]).toEqual([1, expect.stringContaining('owned')])
  for (const line of err.split('\n')) expect(line).not.toMatch(orders)
})

test('codes are printed as they are, so that they can be copied, and others are isolated in a styled terminal', () => {
  const shell = { styled: true } as Shell
  const text = { headline: 'Good', summary: '', level: 'urgent', audience: 'public', language: 'en' } as const
  const [head = ''] = entryLines(
    {
      kind: 'alert',
      at: '2026-11-28T12:00:00.000Z',
      cursor: 'k3f9.7',
      alert: { ...text, id: '01932f6e-0000' } as Rendered,
    },
    shell,
  )
  expect(head).toContain('  2026-11-28T12:00:00.000Z  k3f9.7  01932f6e-0000')
  expect(goOnLine('k3f9.7', { lang: ['*', "a'b"], verify: 'pin' }, shell)).toMatch(
    / --after k3f9\.7 --lang '\*,a'\\''b' --verify$/,
  )
  expect(goOnLine('k3f9.7', {}, shell)).toBe('Stopped at k3f9.7. To go on from there: npx tocsin listen --after k3f9.7')
})

test.each(['k3f9.7; reboot', '$(reboot).1', 'k3f9.7\nreboot', `${hostile}.1`, 'k3f9.07', 'K3F9.7'])(
  'what is no cursor is in no command to paste: %j',
  (cursor) => {
    const line = goOnLine(cursor, {}, { styled: false } as Shell)
    expect(line).not.toContain('npx')
    expect(line).not.toMatch(orders)
  },
)

test('JSON on a terminal has no orders either, and says the same', () => {
  const value = { [hostile]: [hostile, '\u2028\u2066\u007f', 'خبر', 1, null] }
  expect(jsonLine(value)).not.toMatch(/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069]/u)
  expect(JSON.parse(jsonLine(value))).toEqual(value)
})
