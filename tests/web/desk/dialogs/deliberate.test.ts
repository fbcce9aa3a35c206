import { expect, test } from 'vitest'
import {
  type Deliberate,
  isDeliberate,
  mayPress,
  newDeliberate,
  onEnter,
  withOutcome,
} from '../../../../src/web/desk/dialogs/deliberate.ts'

const ticked: Deliberate = { ...newDeliberate(), isTicked: true }
const typed = (text: string): Deliberate => ({ ...newDeliberate('FLASH'), typed: text })

test('nothing can be pressed before the box is ticked, nor while it is being sent', () => {
  expect([mayPress(newDeliberate()), mayPress(ticked), mayPress({ ...ticked, state: 'sending' })]).toEqual([
    false,
    true,
    false,
  ])
})

test.each([
  ['FLASH', true],
  [' flash ', true],
  ['FLUSH', false],
  ['FLASHES', false],
  ['', false],
])('where a word is wanted, “%s” is deliberate: %s', (text, expected) => {
  expect(isDeliberate(typed(text))).toBe(expected)
  // A tick does not stand for the word.
  expect(isDeliberate({ ...typed(text), isTicked: true })).toBe(expected)
})

test('Enter acts only after the word, goes to the button after a tick, and else says what is missing', () => {
  expect(
    [newDeliberate(), ticked, typed('flash'), typed('fla'), { ...ticked, state: 'sending' as const }].map(onEnter),
  ).toEqual(['say-what-is-missing', 'go-to-button', 'press', 'say-what-is-missing', 'nothing'])
})

test('an error leaves the tick; a change of the alert wants it once more', () => {
  const sending: Deliberate = { ...ticked, state: 'sending' }
  expect(withOutcome(sending, 'No answer.')).toEqual({ ...ticked, error: 'No answer.' })
  const changed = withOutcome(sending, { error: 'Look above.', notice: 'changed' })
  expect([changed.error, mayPress(changed)]).toEqual(['Look above.', false])
  expect(mayPress(withOutcome({ ...typed('flash'), state: 'sending' }, { error: '', notice: 'changed' }))).toBe(false)
})
