import { expect, test } from 'vitest'
import type { Pause } from '../../../../src/desk/pause.ts'
import { english } from '../../../../src/locales/locales.ts'
import type { DeskConfig } from '../../../../src/web/desk/desk-config.ts'
import { pauseFormView } from '../../../../src/web/desk/pause/pause-form-view.ts'
import { noPause } from '../../../../src/web/desk/pause/pause-state.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { elementsOf } from '../view/view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const config = { languages: [], topics: [], words: { text: {} } } as unknown as DeskConfig
const inForce: Pause = {
  languages: [],
  topics: [],
  reason: 'A test',
  by: 'ada',
  byName: 'Ada',
  at: '2026-11-27T12:00:00Z',
}

/** What a key in the field of the reason does. */
function keyIn(pause: Pause, event: object) {
  const done: unknown[] = []
  const acts = { write: (changed: object) => done.push(changed), turn: (turn: string) => done.push(turn) }
  const view = pauseFormView({ ...noPause, isAdmin: true, pause, reason: 'Another' }, config, acts)
  const field = elementsOf(view).find(({ props }) => props.id === 'pause-reason')
  const onKeyDown = field?.props.onKeyDown as (event: object) => void
  onKeyDown({ ...event, preventDefault: () => done.push('prevented') })
  return done
}

test('Enter in the reason does not renew a pause that is in force, and says so', () => {
  expect(keyIn(inForce, { key: 'Enter' })).toEqual([
    'prevented',
    { error: expect.stringContaining('Nothing was changed: publishing is paused already.') },
  ])
})

test.each([
  [null, { key: 'Enter' }],
  [inForce, { key: 'a' }],
  [inForce, { key: 'Enter', isComposing: true }],
] as const)('with the pause %j, the key %j is left to the browser', (pause, event) => {
  expect(keyIn(pause, event)).toEqual([])
})
