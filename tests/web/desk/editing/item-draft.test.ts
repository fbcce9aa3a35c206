import { expect, test } from 'vitest'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { timingOf } from '../../../../src/web/desk/editing/item-draft.ts'

test.each([
  ['', {}],
  ['30', { holdSeconds: 30 }],
  [' ۳۰ ', { holdSeconds: 30 }],
  ['٣٠', { holdSeconds: 30 }],
  ['soon', {}],
])('a hold that is typed as “%s” is asked for as %j', (holdSeconds, timing) => {
  const draft = newDraft('en')
  expect(timingOf({ times: { ...draft.times, holdSeconds } })).toEqual(timing)
})
