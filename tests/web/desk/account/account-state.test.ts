import { expect, test } from 'vitest'
import { roles as rolesOfKeys } from '../../../../src/auth/editor.ts'
import { auditActs } from '../../../../src/desk/audit.ts'
import { english } from '../../../../src/locales/locales.ts'
import {
  type AccountState,
  detailOf,
  endsSoon,
  isNoDays,
  type ListedKey,
  type LoggedAct,
  newKeyOf,
  noAccount,
  ownSessions,
  refusalOf,
  roles,
  withLevel,
  withMade,
  withNewest,
  withOlder,
} from '../../../../src/web/desk/account/account-state.ts'

const nowMs = Date.parse('2026-03-01T12:00:00.000Z')
const me = { id: 'anna', name: 'Anna', role: 'admin' }
const key = (id: string, role: ListedKey['role']): ListedKey => ({
  ...{ id, name: id, role, createdAt: '2026-03-01T12:00:00.000Z', lastUsedOn: null },
})
const line = (id: number): LoggedAct => ({ id, at: '2026-03-01T12:00:00.000Z', by: me, act: 'save', detail: {} })
const lines = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, nth) => line(from - nth))
const idsOf = ({ audit }: AccountState) => audit?.lines.map(({ id }) => id)

test('one sees one’s own sessions, this one first, though admins are told everybody’s', () => {
  const session = (id: string, editor: string, isCurrent = false) => ({
    ...{ id, editor: { id: editor, name: editor }, openedOn: null, lastUsedOn: '2026-03-01', isCurrent },
  })
  const sessions = [session('1', 'anna'), session('2', 'boris'), session('3', 'anna', true)]
  expect(ownSessions({ sessions, me }).map(({ id }) => id)).toEqual(['3', '1'])
  expect(ownSessions({ sessions: null, me })).toEqual([])
})

test('one’s own key is another admin’s to revoke, and the only admin’s nobody’s', () => {
  const keys = [key('anna', 'admin'), key('boris', 'editor')]
  expect(refusalOf(key('anna', 'admin'), { keys, me })).toBe('keyOnlyAdmin')
  expect(refusalOf(key('boris', 'editor'), { keys, me })).toBe(null)
  const two = [...keys, key('clara', 'admin')]
  expect(refusalOf(key('anna', 'admin'), { keys: two, me })).toBe('keyMine')
  expect(refusalOf(key('clara', 'admin'), { keys: two, me })).toBe(null)
})

test('a new key says its levels only where it has fewer than all, and a writer’s none', () => {
  const { form } = noAccount
  expect(newKeyOf({ ...form, name: ' Sam ' }, nowMs)).toEqual({ name: 'Sam', role: 'editor' })
  const fewer = withLevel({ ...form, name: 'Sam' }, 'flash', false)
  expect(newKeyOf(fewer, nowMs)).toEqual({ name: 'Sam', role: 'editor', levels: ['urgent', 'routine'] })
  expect(newKeyOf({ ...fewer, role: 'writer' }, nowMs)).toEqual({ name: 'Sam', role: 'writer' })
  expect(newKeyOf(withLevel(fewer, 'flash', true), nowMs)).toEqual({ name: 'Sam', role: 'editor' })
  // The service says that one level is the least.
  const none = fewer.levels.reduce((all, level) => withLevel(all, level, false), fewer)
  expect(newKeyOf(none, nowMs)).toEqual({ name: 'Sam', role: 'editor', levels: [] })
})

test('a key ends after so many days where a number was typed; what else was typed is the service’s to refuse', () => {
  const { form } = noAccount
  const endOf = (days: string) => (newKeyOf({ ...form, name: 'Sam', days }, nowMs) as { expiresAt?: string }).expiresAt
  expect([endOf(''), endOf('30'), endOf(' soon ')]).toEqual([undefined, '2026-03-31T12:00:00.000Z', 'soon'])
  expect(['۳۰', '٣٠', '100000'].map(endOf)).toEqual([endOf('30'), endOf('30'), '100000'])
  const soon = (expiresAt?: string) => endsSoon(expiresAt === undefined ? {} : { expiresAt }, nowMs)
  expect([soon(), soon('2026-03-08T12:00:00.001Z'), soon('2026-03-08T12:00:00.000Z')]).toEqual([false, false, true])
})

test.each(['abc', '-1', '30.5', '۳۰٫۵', '1e3'])('%s is no number of days', (days) => {
  expect(isNoDays({ days })).toBe(true)
})

test.each(['', ' ', '30', '۳۰', ' 7 '])('“%s” may stand in the field for days', (days) => {
  expect(isNoDays({ days })).toBe(false)
})

test('a key that was made is shown, and the form is empty for the next', () => {
  const made = withMade({ ...noAccount, form: { name: 'Sam', role: 'admin', levels: [], days: '' } }, 'Sam', 'secret')
  expect([made.made, made.form]).toEqual([{ name: 'Sam', key: 'secret' }, noAccount.form])
})

test('older lines of the log come after, newer ones before, each once and none left out between', () => {
  const first = withNewest(noAccount, { lines: lines(10, 8), next: '8' })
  const older = withOlder(first, { lines: lines(8, 6), next: '6' })
  expect([idsOf(older), older.audit?.next]).toEqual([[10, 9, 8, 7, 6], '6'])
  const newer = withNewest(older, { lines: lines(11, 9), next: '9' })
  expect([idsOf(newer), newer.audit?.next]).toEqual([[11, 10, 9, 8, 7, 6], '6'])
  // So much was done meanwhile that lines between would be missing: the log begins anew.
  const far = withNewest(newer, { lines: lines(30, 28), next: '28' })
  expect([idsOf(far), far.audit?.next]).toEqual([[30, 29, 28], '28'])
  const end = withOlder(older, { lines: lines(5, 5) })
  expect([idsOf(end), end.audit?.next]).toEqual([[10, 9, 8, 7, 6, 5], undefined])
})

test('a line says what people read of it; ids and hashes are for programs', () => {
  const id = '01932f6e-0000-7000-8000-000000000001'
  expect(
    detailOf({
      editor: { id, name: 'Sam', role: 'editor', levels: ['flash'] },
      ...{
        version: 3,
        hash: 'a'.repeat(64),
        other: 'ZiZIQjlF9DJNveS4muG5sqhhtjHut-ev0SaDqyfdFE4',
        topics: [],
        lockedBy: [{ id }],
        none: null,
        empty: '',
        isIt: false,
      },
    }),
  ).toEqual([
    ['name', 'Sam'],
    ['role', 'editor'],
    ['levels', ['flash']],
    ['version', '3'],
    ['isIt', 'false'],
  ])
})

test('every act of the log has its words, and every role is offered', () => {
  expect(roles).toEqual(rolesOfKeys)
  expect(auditActs.filter((act) => !Object.hasOwn(english.desk ?? {}, `audit_${act}`))).toEqual([])
})
