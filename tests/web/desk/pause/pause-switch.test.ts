import { expect, test } from 'vitest'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { noPause, turnBody, withPause, withTurned } from '../../../../src/web/desk/pause/pause-state.ts'
import { PauseSwitch } from '../../../../src/web/desk/pause/pause-switch.ts'

const pauseOf = (reason: string, languages: readonly string[] = []) => ({
  ...{ languages: [...languages], topics: [], reason, at: '2026-03-01T12:00:00.000Z', by: 'anna', byName: 'Anna' },
})

test('what is chosen and written since a change was sent stays when its answer comes', () => {
  const sent = { scope: 'languages fa', reason: 'Try' }
  const kept = { ...noPause, scope: 'languages ru', reason: 'Another' }
  expect(withTurned(kept, sent, pauseOf('Try'))).toMatchObject({ scope: 'languages ru', reason: 'Another' })
  expect(withTurned({ ...noPause, ...sent, error: 'x' }, sent, pauseOf('Try'))).toMatchObject({
    ...{ scope: '', reason: '', error: '' },
  })
})

test('a reason is for one change: it goes when the pause has ended, or is the pause’s own', () => {
  const paused = withPause({ ...noPause, reason: 'Try' }, pauseOf('Other'))
  expect(paused.reason).toBe('Try')
  expect(withPause(paused, null).reason).toBe('')
  expect(withPause({ ...noPause, reason: ' Try ' }, pauseOf('Try')).reason).toBe('')
  // Nothing has changed: what is being written stays, and so does the very state.
  expect(withPause(paused, pauseOf('Other'))).toBe(paused)
})

test.each([
  ['', { reason: 'r' }],
  ['languages fa', { languages: ['fa'], reason: 'r' }],
  ['topics rights', { topics: ['rights'], reason: 'r' }],
])('“%s” is asked for as %j', (scope, body) => {
  expect(turnBody({ scope, reason: 'r' })).toEqual(body)
})

/** A switch whose requests are answered in this order. */
function rig(...answers: Answer<unknown>[]) {
  const told: string[] = []
  const pause = new PauseSwitch({
    ask: ((path: string) => {
      told.push(path)
      return Promise.resolve(answers.shift() ?? { result: 'lost' })
    }) as never,
    isSignedOut: ({ status }) => status === 401,
    changed: () => {},
    tell: (words) => told.push(`tell ${words}`),
    ended: () => told.push('ended'),
    rescueFocus: () => told.push('rescue'),
    focusReason: () => told.push('focus reason'),
  })
  return { pause, told: () => told.splice(0) }
}
const done = (pause: object | null): Answer<unknown> => ({ result: 'done', status: 200, body: { pause } })

test('a pause and its end are told, also where it began and ended between two looks', async () => {
  const { pause, told } = rig(done(pauseOf('Try')), done(null), done(null))
  pause.write({ reason: 'Try' })
  await pause.turn('pause')
  expect(told()).toEqual(['/v1/desk/pause', 'ended', 'tell pausedNow', 'rescue'])
  pause.write({ reason: 'Done' })
  await pause.turn('resume')
  expect(told()).toEqual(['/v1/desk/resume', 'ended', 'tell resumedNow', 'rescue'])
  await pause.refresh()
  expect(told()).toEqual(['/v1/desk/pause', 'ended'])
})

test('the desk ends only the pause that it shows, and names none where it pauses', async () => {
  const bodies: unknown[] = []
  const answers = [done(pauseOf('Try')), done(null)]
  const pause = new PauseSwitch({
    ask: ((_: string, { body }: { body: unknown }) => {
      bodies.push(body)
      return Promise.resolve(answers.shift())
    }) as never,
    ...{ isSignedOut: () => false, changed() {}, tell() {}, ended() {}, rescueFocus() {}, focusReason() {} },
  })
  for (const turn of ['pause', 'resume'] as const) {
    pause.write({ reason: turn })
    await pause.turn(turn)
  }
  expect(bodies).toEqual([{ reason: 'pause' }, { reason: 'resume', at: pauseOf('Try').at }])
})

test('a lost answer is said, and what became of it is read', async () => {
  const { pause, told } = rig({ result: 'lost' }, done(pauseOf('Try')))
  pause.write({ reason: 'Try' })
  await pause.turn('pause')
  expect(told()).toEqual(['/v1/desk/pause', '/v1/desk/pause', 'ended'])
  expect(pause.state).toMatchObject({ pause: { reason: 'Try' }, reason: '', error: 'noAnswerKnown pressHarmless' })
})

test('a missing reason is said in the page’s own words, at its field, and nothing is sent', async () => {
  const { pause, told } = rig()
  for (const reason of ['', '  ']) {
    pause.write({ reason })
    await pause.turn('pause')
    expect([told(), pause.state.error, pause.state.isReasonMissing]).toEqual([['focus reason'], 'reasonFirst', true])
  }
  pause.write({ scope: 'languages fa' })
  expect(pause.state.isReasonMissing).toBe(true)
  pause.write({ reason: 'T' })
  expect([pause.state.error, pause.state.isReasonMissing]).toEqual(['', false])
})
