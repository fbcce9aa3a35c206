import { expect, test } from 'vitest'
import type { Authority, EditorStore, Role } from '../../src/auth/editor.ts'
import { overlapMs, renewAgainMs, type SessionRenewal, type SessionStore } from '../../src/auth/sessions.ts'

/** A store under test, which several may open at once. */
export type SessionsRig = {
  readonly editors: EditorStore & SessionStore
  again(): Promise<EditorStore & SessionStore>
  /** Stores a session as versions before sessions were renewed did. */
  storeOld(tokenHash: string, editorId: string, until: string): Promise<void>
}

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString()
const people = { ada: 'admin', eve: 'editor', wil: 'writer' } as const
const session = (hash: string) => ({ by: 'session', hash }) as const
const key = (id: string) => ({ by: 'key', hash: `key of ${id}` }) as const
const bySession = (id: keyof typeof people, hash: string, minutes = 1, role: Role = 'writer'): Authority => ({
  ...{ editorId: id, credential: session(hash), role, at: at(minutes) },
})
const byKey = (id: keyof typeof people, minutes = 1): Authority => ({
  ...{ editorId: id, credential: key(id), role: 'writer', at: at(minutes) },
})
/** A session of twelve hours whose token is good for four. */
const opened = (id: string, minutes = 0) => ({
  ...{ id: `id of ${id}`, tokenHash: id, now: at(minutes), until: at(minutes + 240), endsAt: at(minutes + 720) },
  origin: 'https://desk.example',
})
const renewal = (tokenHash: string, minutes: number): SessionRenewal => ({
  ...{ tokenHash, now: at(minutes), until: at(minutes + 240) },
  overlapUntil: at(minutes + overlapMs / 60_000),
})

/** What every store of sessions does, beside `editorsContract`. */
export function sessionsContract(open: () => Promise<SessionsRig>): void {
  const withPeople = async () => {
    const rig = await open()
    for (const [id, role] of Object.entries(people))
      await rig.editors.add({ id, name: id.toUpperCase(), role, createdAt: at(0) }, `key of ${id}`)
    return rig
  }
  const holds = async (editors: EditorStore, hash: string, minutes: number) =>
    (await editors.holder(session(hash), at(minutes)))?.editor.id ?? null

  test('a renewed session has two tokens until the overlap is over, and ends when it would have ended', async () => {
    const { editors } = await withPeople()
    await editors.openSession('key of eve', opened('1'))
    expect(await editors.renewSession('1', renewal('2', 60))).toBe(true)
    expect([await holds(editors, '1', 60.9), await holds(editors, '1', 61)]).toEqual(['eve', null])
    expect(await editors.holder(session('2'), at(61))).toMatchObject({
      ...{ editor: { id: 'eve' }, until: at(300), issuedAt: at(60), origin: 'https://desk.example' },
    })
    expect(await editors.renewSession('2', renewal('3', 299))).toBe(true)
    expect(await editors.renewSession('3', renewal('4', 530))).toBe(true)
    expect((await editors.holder(session('4'), at(531)))?.until, 'no later than the session').toBe(at(720))
    expect([await holds(editors, '4', 719.9), await holds(editors, '4', 720)]).toEqual(['eve', null])
    expect(await editors.renewSession('4', renewal('5', 720))).toBe(false)
    expect(await editors.renewSession('none', renewal('6', 60))).toBe(false)
  })

  test('of requests that renew one token at once, through several stores, one gets a new one', async () => {
    const rig = await withPeople()
    const stores = [rig.editors, await rig.again(), await rig.again()]
    for (let round = 0; round < 10; round += 1) {
      await rig.editors.openSession('key of eve', opened(`s${round}`))
      const asked = stores.flatMap((store, nth) =>
        [1, 2].map((twice) => store.renewSession(`s${round}`, renewal(`${round} ${nth} ${twice}`, 60))),
      )
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1)
    }
    const again = renewAgainMs / 60_000
    expect(await rig.editors.renewSession('s0', renewal('lost', 60 + again - 0.01))).toBe(false)
    expect(await rig.editors.renewSession('s0', renewal('given again', 60 + again))).toBe(true)
    expect(await holds(rig.editors, 's0', 61), 'it lasts no longer for that').toBeNull()
    expect(await rig.editors.sessions(bySession('eve', 'given again', 62))).toHaveLength(10)
  })

  test('an admin sees every session and others their own, by day; the one that asks is marked, whichever its token', async () => {
    const { editors } = await withPeople()
    await editors.openSession('key of eve', opened('1'))
    await editors.openSession('key of eve', opened('2', 1))
    await editors.openSession('key of ada', opened('3', 2))
    await editors.renewSession('2', renewal('2b', 61))
    const days = { openedOn: '2026-03-01', lastUsedOn: '2026-03-01' }
    const eve = { editor: { id: 'eve', name: 'EVE' }, ...days }
    const listed = await editors.sessions(bySession('eve', '2b', 61.5))
    expect(listed).toEqual([
      { id: 'id of 1', ...eve, isCurrent: false },
      { id: 'id of 2', ...eve, isCurrent: true },
    ])
    expect(await editors.sessions(bySession('eve', '2', 61.5))).toEqual(listed)
    const all = await editors.sessions(byKey('ada', 62))
    expect(all.map(({ editor, isCurrent }) => [editor.id, isCurrent])).toEqual([
      ...[
        ['eve', false],
        ['eve', false],
        ['ada', false],
      ],
    ])
    expect(await editors.sessions(byKey('ada', 240))).toHaveLength(2)
    await expect(editors.sessions(bySession('eve', 'none'))).rejects.toMatchObject({ status: 401 })
  })

  test('a session is ended by its editor or an admin, with every token of it; everywhere means one’s own', async () => {
    const { editors } = await withPeople()
    for (const [id, holder] of Object.entries({ 1: 'eve', 2: 'eve', 3: 'ada', 4: 'wil' }))
      await editors.openSession(`key of ${holder}`, opened(id))
    await editors.renewSession('1', renewal('1b', 60))
    expect(await editors.endSessions('id of 3', bySession('eve', '2', 60.5))).toBe(0)
    expect(await editors.endSessions('unknown', byKey('ada', 60.5))).toBe(0)
    expect(await editors.endSessions('id of 1', byKey('ada', 60.5))).toBe(1)
    expect([await holds(editors, '1', 60.5), await holds(editors, '1b', 60.5)]).toEqual([null, null])
    expect(await editors.renewSession('1b', renewal('1c', 120))).toBe(false)
    await editors.openSession('key of eve', opened('5', 61))
    expect(await editors.endSessions(null, bySession('eve', '2', 62))).toBe(2)
    for (const hash of ['2', '5']) expect(await holds(editors, hash, 62)).toBeNull()
    expect([await holds(editors, '3', 62), await holds(editors, '4', 62)]).toEqual(['ada', 'wil'])
    await expect(editors.endSessions(null, bySession('eve', '2', 62))).rejects.toMatchObject({ status: 401 })
  })

  test('a sign-out ends all tokens of a session, and a revoked key those that were renewed meanwhile', async () => {
    const { editors } = await withPeople()
    await editors.openSession('key of eve', opened('1'))
    await editors.openSession('key of eve', opened('2'))
    await editors.renewSession('1', renewal('1b', 60))
    await editors.renewSession('2', renewal('2b', 60))
    await editors.closeSession('1b', at(60.5))
    const found = () => Promise.all(['1', '1b', '2', '2b'].map((hash) => holds(editors, hash, 60.5)))
    expect(await found()).toEqual([null, null, 'eve', 'eve'])
    const ends = [editors.revoke('eve', at(60.5)), editors.renewSession('2b', renewal('2c', 60.5))]
    await Promise.allSettled(ends)
    expect([...(await found()), await holds(editors, '2c', 60.5)]).toEqual([null, null, null, null, null])
    expect(await editors.sessions(byKey('ada', 60.5))).toEqual([])
  })

  test('sessions of the version before live on; they are listed without their day, and end like others', async () => {
    const { editors, storeOld } = await withPeople()
    await storeOld('old', 'eve', at(600))
    await storeOld('older', 'eve', at(600))
    expect(await editors.holder(session('old'), at(1))).toMatchObject({ until: at(600), issuedAt: null, usedOn: null })
    const [first] = await editors.sessions(bySession('eve', 'old'))
    expect(first).toMatchObject({ openedOn: null, lastUsedOn: null, isCurrent: true })
    expect(await editors.endSessions(first?.id ?? '', byKey('ada'))).toBe(1)
    await editors.closeSession('older', at(1))
    for (const hash of ['old', 'older']) expect(await holds(editors, hash, 1)).toBeNull()
  })

  test('a key and a session know the day of their last use, and no more; a day that is past does not come back', async () => {
    const { editors } = await withPeople()
    const used = async (id: string) => (await editors.list()).find((it) => it.id === id)?.lastUsedOn
    expect(await used('wil')).toBeNull()
    await editors.noteUse(key('wil'), '2026-02-03')
    await editors.noteUse(key('wil'), '2026-02-01')
    expect([await used('wil'), await used('eve')]).toEqual(['2026-02-03', null])
    expect((await editors.holder(key('wil'), at(0)))?.usedOn).toBe('2026-02-03')
    await editors.openSession('key of eve', opened('1'))
    expect([await used('eve'), (await editors.holder(session('1'), at(1)))?.usedOn]).toEqual([
      '2026-03-01',
      '2026-03-01',
    ])
    await editors.noteUse(session('1'), '2026-03-02')
    await editors.renewSession('1', renewal('2', 60))
    expect([await used('eve'), (await editors.holder(session('2'), at(61)))?.usedOn]).toEqual([
      '2026-03-02',
      '2026-03-02',
    ])
    await editors.noteUse(session('none'), '2026-03-09')
    await editors.noteUse(key('nobody'), '2026-03-09')
  })

  test('a key’s limits are kept with it, and come with its sessions', async () => {
    const { editors, again } = await withPeople()
    const cms = { id: 'cms', name: 'CMS', role: 'editor', createdAt: at(0), levels: ['urgent', 'routine'] } as const
    await editors.add(cms, 'key of cms')
    await editors.openSession('key of cms', opened('1'))
    const other = await again()
    for (const credential of [{ by: 'key', hash: 'key of cms' } as const, session('1')])
      expect((await other.holder(credential, at(1)))?.editor).toEqual(cms)
    expect((await other.list()).find(({ id }) => id === 'cms')).toEqual({ ...cms, lastUsedOn: '2026-03-01' })
    expect((await other.holder(key('eve'), at(1)))?.editor).not.toHaveProperty('levels')
  })
}
