import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { needsInstalled, python } from '../installed.ts'
import { askScript } from './debian-readers.ts'
import type { Story } from './debian-story.ts'

const answered = (close: number, types: string[] = [], codes: string[] = []) => ({ types, codes, close })
type Case = {
  readonly what: string
  readonly send?: readonly (string | { readonly bytes: number })[]
  readonly query?: string
  readonly subprotocols?: readonly string[]
  readonly right: unknown
}
const cases: readonly Case[] = [
  { what: 'a close is answered in order', right: answered(1000) },
  { what: 'ping', send: ['ping', 'ping\n', 'PING', '{"type":"ping"}'], right: answered(1000, Array(4).fill('head')) },
  { what: 'an interest', send: ['{"type":"interest","languages":["fa"]}'], right: answered(1000, ['interest']) },
  { what: 'half of an object', send: ['{'], right: answered(1000, ['error'], ['malformed-json']) },
  { what: 'no object', send: ['5'], right: answered(1000, ['error'], ['unknown-message']) },
  { what: 'another word', send: ['hello'], right: answered(1000, ['error'], ['malformed-json']) },
  { what: 'an unknown type', send: ['{"type":"x"}'], right: answered(1000, ['error'], ['unknown-message']) },
  { what: 'bytes', send: [{ bytes: 10 }], right: answered(1000, ['error'], ['binary-message']) },
  { what: 'too long a text', send: ['x'.repeat(5_000)], right: answered(4002, ['error'], ['message-too-large']) },
  { what: 'an unknown language', query: '?languages=xx', right: { status: 400 } },
  { what: 'an unknown sub-protocol', subprotocols: ['nope'], right: { status: 400 } },
  { what: 'a known one of two', subprotocols: ['nope', 'tocsin.v1.json'], right: answered(1000) },
]

/** What Debian's python3-websockets is answered. */
export function socketTests(story: () => Pick<Story, 'url'>): void {
  test('python3-websockets: each message has its answer and its close code', async ({ skip }) => {
    needsInstalled('websockets', skip)
    const child = spawn(python, [askScript, `${story().url.replace('http', 'ws')}/v1/socket`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end(
      JSON.stringify(cases.map(({ send = [], query = '', subprotocols = null }) => ({ send, query, subprotocols }))),
    )
    const answers = JSON.parse(await text(child.stdout)) as unknown[]
    expect(cases.map(({ what }, at) => [what, answers[at]])).toEqual(cases.map(({ what, right }) => [what, right]))
  })
}
