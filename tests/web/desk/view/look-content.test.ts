import { beforeEach, expect, test } from 'vitest'
import { english, localeOf } from '../../../../src/locales/locales.ts'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { knowAlert } from '../../../../src/web/desk/items/item-name.ts'
import type { DeskState, Look } from '../../../../src/web/desk/state/desk-state.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { lookContent } from '../../../../src/web/desk/view/look-content.ts'
import { textOfView } from './view-elements.ts'

beforeEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } }))

const config = { languages: [{ tag: 'en', name: 'English', dir: 'ltr' }], topics: [] } as never
const draft = { ...newDraft('en'), level: 'flash' as const, audience: 'public' as const }
const alert = {
  ...{ id: 'known', level: 'urgent', audience: 'test' },
  texts: { en: { headline: 'Fire at the port' } },
} as never
knowAlert(alert)
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
    { draft: { ...draft, kind: 'correction', audience: 'test', alert } },
    'editor',
    'Correct the FLASH alert “Fire at the port”?',
    'Correct TEST',
  ],
] as const)('of %j, for a %s, the dialog asks “%s” and its button says “%s”', (changed, role, title, press) => {
  expect(contentOf(changed as Partial<Look>, role)).toMatchObject({ title, press })
})

test.each([
  ['en', 'update', 'Approve this Urgent update of “Fire at the port”?'],
  ['en', 'correction', 'Approve this Urgent correction of “Fire at the port”?'],
  ['en', 'retraction', 'Approve this Urgent retraction of “Fire at the port”?'],
  ['en', 'alert', 'Approve this Urgent alert?'],
  ['fa', 'update', 'این به‌روزرسانی (فوری) برای «Fire at the port» را تأیید می‌کنید؟'],
  ['fa', 'retraction', 'این پس‌گیری (فوری) برای «Fire at the port» را تأیید می‌کنید؟'],
] as const)('in %s the approver of a %s is asked “%s”', (language, kind, title) => {
  setDeskWords({ language, dir: 'ltr', text: { ...english.desk, ...localeOf(language).desk } })
  const item = { ...{ id: 'i', kind, alertId: 'known', approvals: [], approvalsWanted: 1 }, textsBy: {} } as never
  // A retraction says nothing of its own: not even whether it is live.
  const bare = {
    ...newDraft('en'),
    ...(kind === 'retraction' ? {} : { level: 'urgent' as const, audience: 'test' as const }),
  }
  const ofChange = kind === 'alert' || kind === 'retraction' ? bare : { ...bare, kind, alert }
  const content = contentOf({ about: 'approval', item, draft: ofChange })
  expect(content).toMatchObject({ audience: 'test' })
  expect(content?.title.replace(/[\u2068\u2069]/g, '')).toBe(title)
})

test('LIVE and TEST are told apart in words and for the colour', () => {
  expect(contentOf({})).toMatchObject({ audience: 'public', banner: 'LIVE: goes to readers' })
  expect(contentOf({ draft: { ...draft, audience: 'test' } })).toMatchObject({
    ...{ audience: 'test', banner: 'TEST: goes to editors only', tick: 'Send it as a TEST. 1 language.' },
  })
})

test.each([
  ['approval', '2026-11-28T11:59', true],
  ['approval', '2026-11-28T12:01', false],
  ['draft', '2026-11-28T11:59', false],
] as const)('at noon the dialog says of a %s for %s that its time has passed: %s', (about, local, isSaid) => {
  const now = Date.parse('2026-11-28T12:00:00.000Z')
  const times = { ...draft.times, publishAt: { local, zone: 'UTC', side: '' as const } }
  const item = { ...{ id: 'i', kind: 'alert', approvals: [], approvalsWanted: 1 }, textsBy: {} } as never
  const shown: Look = { ...look, about, item: about === 'approval' ? item : null, draft: { ...draft, times } }
  const state = { me: { id: 'anna', name: 'Anna', role: 'editor' }, look: shown, now } as DeskState
  const content = lookContent(state, config, { change: () => {} })
  expect(textOfView(content?.middle).includes('This time has passed.')).toBe(isSaid)
})
