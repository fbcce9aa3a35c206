import { expect, test } from 'vitest'
import type { Authority, EditorStore, Role } from '../../src/auth/editor.ts'
import type { SessionStore } from '../../src/auth/sessions.ts'
import { type AuditLog, auditActs } from '../../src/desk/audit.ts'
import type { PauseScope, PauseStore } from '../../src/desk/pause.ts'
import type { AlertLog } from '../../src/log/log.ts'
import { newAlert, noon, retraction } from '../support/samples.ts'

/** The stores of one database, under test. `reopen` is what a crash and a new start leave. */
export type AuditRig = {
  readonly audit: AuditLog
  readonly editors: EditorStore & SessionStore
  readonly pauses: PauseStore
  readonly log: AlertLog
  readonly stopPushes: (alertId: string, by: Authority) => Promise<boolean>
  reopen(): Promise<AuditRig>
}

const evening = '2026-03-01T18:00:00.000Z'
const night = '2026-03-01T23:00:00.000Z'
const byKey = (id: string, role: Role = 'admin', at = noon): Authority => ({
  ...{ editorId: id, credential: { by: 'key', hash: `key of ${id}` }, role, at },
})
const editorOf = (id: string, role: Role) => ({ id, name: id.toUpperCase(), role, createdAt: noon })
const note = { reason: 'Wrong number.', by: 'ada', at: noon }
const everything = () => ({ languages: [], topics: [] })

/** What every store does for the audit log, and the log itself. */
export function auditContract(open: () => Promise<AuditRig>): void {
  const withEditors = async () => {
    const rig = await open()
    await rig.editors.addAdmin(editorOf('ada', 'admin'), 'key of ada')
    await rig.editors.add(editorOf('eve', 'editor'), 'key of eve', byKey('ada'))
    return rig
  }
  const readAll = async ({ audit }: Pick<AuditRig, 'audit'>) => audit.read({ limit: 200 })
  const acts = async (rig: Pick<AuditRig, 'audit'>) =>
    (await readAll(rig)).map(({ act, by }) => [act, by?.id ?? null]).toReversed()
  const made = [
    ['key-made', null],
    ['key-made', 'ada'],
  ]

  test('every act on keys and sessions is one line, with who did it and to whom', async () => {
    const rig = await withEditors()
    const { editors } = rig
    const session = (tokenHash: string) => ({ tokenHash, now: noon, until: night, origin: null })
    await editors.openSession('key of eve', session('1'))
    await editors.openSession('no key', session('2'))
    await editors.closeSession('1', evening)
    await editors.closeSession('1', evening)
    await editors.revoke('eve', evening, byKey('ada'))
    await editors.revoke('eve', evening, byKey('ada'))
    expect(await acts(rig)).toEqual([
      ...made,
      ['session-opened', 'eve'],
      ['session-ended', 'eve'],
      ['key-revoked', 'ada'],
    ])
    const [revoked, ended, , added] = await readAll(rig)
    const eve = { id: 'eve', name: 'EVE', role: 'editor' }
    expect(revoked).toMatchObject({ at: evening, by: { id: 'ada', name: 'ADA' }, detail: { editor: eve } })
    expect(ended).toMatchObject({ at: evening, by: { id: 'eve', name: 'EVE' } })
    expect(added).toMatchObject({ at: noon, by: { id: 'ada', name: 'ADA' }, detail: { editor: eve } })
  })

  test('what is refused, or was done before, is no line', async () => {
    const rig = await withEditors()
    const { editors, pauses, log, audit } = rig
    const refused = [
      () => editors.revoke('ada', noon, byKey('ada')),
      () => editors.revoke('eve', noon, byKey('eve')),
      () => editors.add(editorOf('new', 'admin'), 'key of new', byKey('eve')),
      () => pauses.change(everything, note, byKey('eve')),
      () => log.append(newAlert('a'), 'k', byKey('nobody', 'editor')),
      () => rig.stopPushes('a', byKey('nobody', 'editor')),
      () => audit.note('subscriptions-exported', {}, byKey('eve')),
    ]
    for (const act of refused) await expect(act()).rejects.toHaveProperty('status')
    expect(await rig.stopPushes('unknown', byKey('eve', 'editor'))).toBe(false)
    expect(await editors.addAdmin(editorOf('again', 'admin'), 'key of ada')).toBe('known')
    expect(await acts(rig)).toEqual(made)
  })

  test('an alert that goes out at once is a line with its entry; a repeated request adds none', async () => {
    const rig = await withEditors()
    const { log } = rig
    for (const _ of [1, 2]) await log.append(newAlert('a', { topics: ['iran'] }), 'k1', byKey('eve', 'editor'))
    await log.append(retraction('a'), 'k2', byKey('ada'))
    await rig.stopPushes('a', byKey('eve', 'editor'))
    expect((await acts(rig)).slice(2)).toEqual([
      ['published', 'eve'],
      ['published', 'ada'],
      ['pushes-stopped', 'eve'],
    ])
    const [stopped, , published] = await readAll(rig)
    expect(stopped).toMatchObject({ alertId: 'a', detail: { through: 2 } })
    expect(published).toMatchObject({ alertId: 'a', itemId: null, by: { name: 'EVE' } })
    expect(published?.detail).toEqual({
      ...{ seq: 1, kind: 'alert', version: 1, level: 'urgent', audience: 'public', topics: ['iran'] },
      languages: ['en', 'fa'],
    })
  })

  test('the pause says what is paused after each change; what makes it smaller resumes', async () => {
    const rig = await withEditors()
    const [two, one] = [
      { languages: ['en', 'fa'], topics: [] },
      { languages: ['fa'], topics: [] },
    ]
    for (const scope of [two, one, { languages: [], topics: [] }, null])
      await rig.pauses.change(() => scope, note, byKey('ada'))
    const lines = (await readAll(rig)).slice(0, 4).toReversed()
    expect(lines.map(({ act, detail }) => [act, detail.paused])).toEqual([
      ['paused', two],
      ['resumed', one],
      ['paused', { languages: [], topics: [] }],
      ['resumed', null],
    ])
    for (const { by, detail } of lines) expect([by?.id, detail.reason]).toEqual(['ada', note.reason])
  })

  test('a repeated request changes the pause no more, also when somebody has paused anew', async () => {
    const rig = await withEditors()
    const [ada, request] = [byKey('ada'), { key: 'r1', intention: 'resume' }]
    const change = (scope: PauseScope | null, keyed?: typeof request) =>
      rig.pauses.change(() => scope, note, ada, keyed)
    await change(everything(), { key: 'p1', intention: 'pause' })
    expect(await change(null, request)).toBeNull()
    const held = { languages: ['fa'], topics: [] }
    await change(held)
    const count = (await readAll(rig)).length
    expect(await change(null, request)).toMatchObject(held)
    expect(await change(everything(), { key: 'p1', intention: 'pause' })).toMatchObject(held)
    const reused = { status: 409, code: 'idempotency-key-reused', message: expect.not.stringContaining('published') }
    await expect(change(null, { key: 'p1', intention: 'resume' })).rejects.toMatchObject(reused)
    expect(await rig.pauses.current()).toMatchObject(held)
    expect(await readAll(rig)).toHaveLength(count)
  })

  test('ending what is not paused writes no line', async () => {
    const rig = await withEditors()
    const count = (await readAll(rig)).length
    expect(await rig.pauses.change(() => null, note, byKey('ada'))).toBeNull()
    expect(await readAll(rig)).toHaveLength(count)
  })

  test('lines are found by act, editor and time, page by page, and are there after a new start', async () => {
    const rig = await withEditors()
    const numbers = Array.from({ length: 7 }, (_, nth) => nth)
    for (const nth of numbers) await rig.audit.note('subscriptions-imported', { lines: nth }, byKey('ada'))
    await rig.audit.note('subscriptions-exported', {}, byKey('ada', 'admin', evening))
    await rig.pauses.change(everything, note)
    const { audit } = await rig.reopen()
    const all = await audit.read({ limit: 200 })
    expect(all).toHaveLength(11)
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a))
    expect(all.every(({ act }) => auditActs.includes(act))).toBe(true)
    const paged = []
    for (let before: number | undefined; ; before = paged.at(-1)?.id) {
      const page = await audit.read({ limit: 3, before, act: 'subscriptions-imported' })
      paged.push(...page)
      if (page.length < 3) break
    }
    expect(paged.map(({ detail }) => detail.lines)).toEqual(numbers.toReversed())
    expect((await audit.read({ limit: 9, since: evening })).map(({ act }) => act)).toEqual(['subscriptions-exported'])
    expect(await audit.read({ limit: 9, editorId: 'eve' })).toEqual([])
    expect(await audit.read({ limit: 200, editorId: 'ada' })).toHaveLength(9)
    expect(await audit.read({ limit: 9, editorId: 'ada', act: 'key-made' })).toHaveLength(1)
  })
}
