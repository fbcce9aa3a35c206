import { expect, test } from 'vitest'
import type { Answer } from '../../../src/web/desk/desk-api.ts'
import { freshnessOf, isSessionOver } from '../../../src/web/desk/desk-freshness.ts'
import { type PauseAnswer, PauseRequests } from '../../../src/web/desk/pause/pause-requests.ts'
import { LatestRequest } from '../../../src/web/shared/latest-request.ts'

const refusal = (status: number): Answer<never> => ({
  result: 'refused',
  problem: { type: 'about:blank', title: 't', status, code: 'c', detail: 'd' },
})
const done = { result: 'done', status: 200, body: {} } as const
const lost = { result: 'lost' } as const

test.each([
  ['fresh', [done, done]],
  ['ended', [done, refusal(401)]],
  ['ended', [refusal(401), lost]],
  ['ended', [lost, refusal(401)]],
  ['unanswered', [lost, done]],
  ['unanswered', [done, lost]],
  ['unanswered', [lost, refusal(403)]],
  ['fresh', [refusal(403), done]],
] as const)('the desk is %s by what is answered (case %#)', (trust, answers) => {
  expect(freshnessOf(answers)).toBe(trust)
})

test.each([
  [true, { status: 401, problem: {} }],
  [false, { status: 400, problem: {} }],
  [false, { code: 4001 }],
  [false, { reason: '401' }],
  [false, undefined],
  [false, null],
  [false, 401],
])('whether a stream’s stop is the end of the session: %s (case %#)', (isOver, detail) => {
  expect(isSessionOver(detail)).toBe(isOver)
})

test('of three requests only the last response may be shown, also when asked twice', () => {
  const latest = new LatestRequest()
  const [first, second, third] = [latest.begin(), latest.begin(), latest.begin()]
  expect([first(), second(), third(), third(), first()]).toEqual([false, false, true, true, false])
})

/** A kill switch whose answers are given by hand, in any order. */
function switchAsked() {
  const asked: { readonly path: string; readonly answer: (answer: PauseAnswer) => void; readonly fail: () => void }[] =
    []
  const ask = ((path: string) =>
    new Promise((answer, reject) => asked.push({ path, answer, fail: () => reject(new Error('broken')) }))) as never
  return { asks: new PauseRequests(ask), asked }
}
const paused = (reason: string): PauseAnswer => ({
  result: 'done',
  status: 200,
  body: { pause: { reason } as never },
})

test('of two reads of the pause the later one is shown, whichever is answered first', async () => {
  const { asks, asked } = switchAsked()
  const looks = [asks.read(), asks.read()]
  asked[1]?.answer(paused('later'))
  asked[0]?.answer(paused('earlier'))
  expect((await Promise.all(looks)).map(({ isShown }) => isShown)).toEqual([false, true])
})

test.each(['before', 'during'])(
  'a look begun %s a turn and answered after it is not shown; the next one is',
  async (when) => {
    const { asks, asked } = switchAsked()
    const early = when === 'before' ? asks.read() : null
    const turn = asks.turn('pause', {})
    const look = early ?? asks.read()
    const [looked, turned] = when === 'before' ? [0, 1] : [1, 0]
    asked[turned]?.answer(paused('turned'))
    expect(await turn).toEqual(paused('turned'))
    asked[looked]?.answer(paused('as it was'))
    expect((await look).isShown).toBe(false)
    const next = asks.read()
    asked[2]?.answer(paused('turned'))
    expect((await next).isShown).toBe(true)
  },
)

test('a second pause or resume waits for the response to the first, and can be made after any outcome', async () => {
  const { asks, asked } = switchAsked()
  const first = asks.turn('pause', {})
  expect(await asks.turn('resume', {})).toBeNull()
  asked[0]?.answer(lost)
  expect(await first).toEqual(lost)
  const second = asks.turn('resume', {})
  asked[1]?.fail()
  await expect(second).rejects.toThrow('broken')
  const third = asks.turn('pause', {})
  asked[2]?.answer(paused('third'))
  expect(await third).toEqual(paused('third'))
  expect(asked.map(({ path }) => path)).toEqual(['/v1/desk/pause', '/v1/desk/resume', '/v1/desk/pause'])
})
