import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import type { DeskState, Look } from '../../../../src/web/desk/state/desk-state.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { lookContent } from '../../../../src/web/desk/view/look-content.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const config = { languages: [{ tag: 'en', name: 'English', dir: 'ltr' }], topics: [] } as never
const draft = { ...newDraft('en'), level: 'flash' as const, audience: 'public' as const }
const look: Look = { about: 'draft', item: null, draft, dryRun: null, overrideReason: '', isAsking: false }
const contentOf = (changed: Partial<Look>, role = 'editor') =>
  lookContent({ me: { id: 'anna', name: 'Anna', role }, look: { ...look, ...changed }, now: 0 } as DeskState, config, {
    change: () => {},
  })

test.each([
  [{}, 'editor', 'Publish this FLASH alert?', 'Publish LIVE'],
  [{ isAsking: true }, 'editor', 'Submit this FLASH alert for approval?', 'Submit for approval'],
  [{}, 'writer', 'Submit this FLASH alert for approval?', 'Submit for approval'],
  [{ about: 'approval' }, 'editor', 'Approve this FLASH alert?', 'Approve LIVE'],
  [
    { overrideReason: 'Nobody is here.' },
    'admin',
    'Publish this FLASH alert without a second person?',
    'Publish LIVE without approval',
  ],
  [
    { draft: { ...draft, kind: 'correction', audience: 'test' } },
    'editor',
    'Correct this FLASH alert?',
    'Correct TEST',
  ],
] as const)('of %j, for a %s, the dialog asks “%s” and its button says “%s”', (changed, role, title, press) => {
  expect(contentOf(changed as Partial<Look>, role)).toMatchObject({ title, press })
})

test('LIVE and TEST are told apart in words and for the colour', () => {
  expect(contentOf({})).toMatchObject({ audience: 'public', banner: 'LIVE: goes to readers' })
  expect(contentOf({ draft: { ...draft, audience: 'test' } })).toMatchObject({
    ...{ audience: 'test', banner: 'TEST: goes to editors only', tick: 'Send it as a TEST. 1 language.' },
  })
})
