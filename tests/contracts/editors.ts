import { expect, test } from 'vitest'
import type { Authority, EditorStore, Role } from '../../src/auth/editor.ts'
import type { SessionStore } from '../../src/auth/sessions.ts'

/** A store under test, which several may open at once. `remove`: it is not needed any more. */
export type EditorsRig = {
  readonly editors: EditorStore & SessionStore
  again(): Promise<EditorStore & SessionStore>
  remove?(): Promise<void>
}

const noon = '2026-03-01T12:00:00.000Z'
const evening = '2026-03-01T18:00:00.000Z'
const night = '2026-03-01T23:00:00.000Z'

const keyOf = (id: string) => `key of ${id}`
const editorOf = (id: string, role: Role, createdAt = noon) => ({ id, name: `Name of ${id}`, role, createdAt })
const byKey = (id: string, role: Role = 'admin'): Authority => ({
  ...{ editorId: id, credential: { by: 'key', hash: keyOf(id) }, role, at: noon },
})
const key = (id: string) => ({ by: 'key', hash: keyOf(id) }) as const
const session = (hash: string) => ({ by: 'session', hash }) as const
const sessionOf = (tokenHash: string, until: string, now = noon) => ({
  tokenHash,
  now,
  until,
  origin: `at ${tokenHash}`,
})

/** What every store of editors' keys and sessions does. */
export function editorsContract(open: () => Promise<EditorsRig>): void {
  const withThese = async (...people: readonly (readonly [string, Role])[]) => {
    const rig = await open()
    for (const [id, role] of people) await rig.editors.add(editorOf(id, role), keyOf(id))
    return rig
  }

  test('who holds a key is found by it until it is revoked, and only they end', async () => {
    const { editors } = await withThese(['a', 'admin'], ['e', 'editor'], ['w', 'writer'])
    expect(await editors.holder(key('e'), noon)).toEqual({
      ...{ editor: editorOf('e', 'editor'), until: null, origin: null, usedOn: null, issuedAt: null },
    })
    expect(await editors.holder(session(keyOf('e')), noon)).toBeNull()
    expect(await editors.revoke('e', evening)).toBe(true)
    expect(await editors.revoke('e', evening), 'again there is nobody').toBe(false)
    expect(await editors.revoke('nobody', evening)).toBe(false)
    expect(await editors.holder(key('e'), noon)).toBeNull()
    expect((await editors.list()).map(({ id }) => id)).toEqual(['a', 'w'])
    expect((await editors.holder(key('w'), noon))?.editor.role).toBe('writer')
  })

  test('the same request makes one key, also two at once; each admin has keys of their own, and each key one intention', async () => {
    const rig = await withThese(['a', 'admin'], ['b', 'admin'])
    const [one, other] = [rig.editors, await rig.again()]
    const request = { key: 'k', intention: 'Sam' }
    const sam = (id: string) => [editorOf(id, 'editor'), keyOf(id), byKey('a'), request] as const
    const both = await Promise.allSettled([one.add(...sam('s1')), other.add(...sam('s2'))])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const made = (await one.list()).map(({ id }) => id).filter((id) => id.startsWith('s'))
    expect(made).toHaveLength(1)
    const told = { status: 409, code: 'key-made-before', message: expect.stringContaining(`editors/${made[0]})`) }
    await expect(one.add(...sam('s3'))).rejects.toMatchObject(told)
    const otherwise = one.add(editorOf('s4', 'editor'), keyOf('s4'), byKey('a'), { ...request, intention: 'Pat' })
    const reused = { code: 'idempotency-key-reused', message: expect.stringContaining('Nothing was made or changed') }
    await expect(otherwise).rejects.toMatchObject(reused)
    await one.revoke(made[0] ?? '', evening)
    const ended = { ...told, message: expect.stringMatching(/revoked or has expired since(?!.*revoke that key)/) }
    await expect(one.add(...sam('s5')), 'what was revoked is not made again').rejects.toMatchObject(ended)
    await one.add(editorOf('s6', 'editor'), keyOf('s6'), byKey('b'), request)
    expect((await one.list()).map(({ id }) => id)).toEqual(['a', 'b', 's6'])
  })

  test('a session lasts until its end, exactly; a sign-out or a revocation ends it before, and no other one', async () => {
    const { editors } = await withThese(['a', 'admin'], ['e', 'editor'])
    expect(await editors.openSession('no key', sessionOf('0', evening))).toBeNull()
    expect(await editors.openSession(keyOf('a'), sessionOf('1', evening))).toEqual(editorOf('a', 'admin'))
    for (const token of ['2', '3', '4']) await editors.openSession(keyOf('e'), sessionOf(token, night))
    expect(await editors.holder(session('1'), noon)).toEqual({
      ...{ editor: editorOf('a', 'admin'), until: evening, origin: 'at 1', usedOn: '2026-03-01', issuedAt: noon },
    })
    expect(await editors.holder(session('1'), '2026-03-01T17:59:59.999Z')).not.toBeNull()
    expect(await editors.holder(session('1'), evening)).toBeNull()
    await editors.closeSession('2', noon)
    const left = async () => {
      const found = await Promise.all(['2', '3', '4'].map((token) => editors.holder(session(token), noon)))
      return found.map((holder) => holder?.editor.id ?? null)
    }
    expect(await left()).toEqual([null, 'e', 'e'])
    await editors.openSession(keyOf('a'), sessionOf('5', night, evening))
    expect(await left(), 'only what has ended is forgotten').toEqual([null, 'e', 'e'])
    await editors.revoke('e', evening)
    expect(await left()).toEqual([null, null, null])
    expect(await editors.openSession(keyOf('e'), sessionOf('6', night))).toBeNull()
    expect((await editors.holder(session('5'), noon))?.editor.id).toBe('a')
  })

  test('the last admin is not revoked, by whomever; editors and writers do not count, nor do those revoked before', async () => {
    const { editors } = await withThese(
      ['a', 'admin'],
      ['b', 'admin'],
      ['c', 'admin'],
      ['e', 'editor'],
      ['w', 'writer'],
    )
    expect(await editors.revoke('b', noon, byKey('a'))).toBe(true)
    expect(await editors.revoke('a', noon, byKey('a')), 'who leaves may revoke their own key').toBe(true)
    for (const by of [byKey('c'), undefined])
      await expect(editors.revoke('c', noon, by)).rejects.toMatchObject({ status: 409, code: 'last-admin' })
    expect((await editors.holder(key('c'), noon))?.editor.id).toBe('c')
    expect(await editors.revoke('w', noon, byKey('c'))).toBe(true)
    await editors.add(editorOf('d', 'admin'), keyOf('d'), byKey('c'))
    expect(await editors.revoke('c', noon, byKey('d'))).toBe(true)
    expect((await editors.list()).map(({ id }) => id)).toEqual(['d', 'e'])
  })

  test('a key that expires is good until its time, exactly, and so are its sessions; then it is told from a wrong one', async () => {
    const { editors } = await withThese(['a', 'admin'])
    const expiring = { ...editorOf('e', 'editor'), expiresAt: evening }
    await editors.add(expiring, keyOf('e'), byKey('a'))
    expect((await editors.list()).find(({ id }) => id === 'e')?.expiresAt).toBe(evening)
    const justBefore = '2026-03-01T17:59:59.999Z'
    expect(await editors.holder(key('e'), justBefore)).toMatchObject({ editor: expiring, until: evening })
    expect(await editors.openSession(keyOf('e'), { ...sessionOf('1', night), endsAt: night })).toEqual(expiring)
    const renewal = { tokenHash: '2', now: justBefore, until: night, overlapUntil: night }
    expect(await editors.renewSession('1', renewal)).toBe(true)
    for (const token of ['1', '2']) {
      expect((await editors.holder(session(token), justBefore))?.until).toBe(evening)
      expect(await editors.holder(session(token), evening)).toBeNull()
    }
    const expired = () =>
      Promise.all([keyOf('e'), keyOf('a'), 'no key'].map((hash) => editors.isExpired(hash, evening)))
    expect([await editors.isExpired(keyOf('e'), justBefore), await expired()]).toEqual([false, [true, false, false]])
    expect(await editors.holder(key('e'), evening)).toBeNull()
    expect(await editors.openSession(keyOf('e'), sessionOf('3', night, evening))).toBeNull()
    const late = { ...byKey('e', 'editor'), at: evening }
    await expect(editors.sessions(late)).rejects.toMatchObject({ status: 401 })
    expect([await editors.endExpired(justBefore), await editors.endExpired(evening)]).toEqual([0, 1])
    expect([await editors.endExpired(night), await expired()]).toEqual([0, [true, false, false]])
    expect((await editors.list()).map(({ id }) => id)).toEqual(['a'])
  })

  test('a key that was revoked before its time is no expired one; an admin whose key expires does not count as the last', async () => {
    const { editors } = await withThese(['a', 'admin'])
    await editors.add({ ...editorOf('b', 'admin'), expiresAt: night }, keyOf('b'), byKey('a'))
    await expect(editors.revoke('a', noon, byKey('b'))).rejects.toMatchObject({ code: 'last-admin' })
    expect(await editors.revoke('b', noon, byKey('a'))).toBe(true)
    expect(await editors.isExpired(keyOf('b'), '2026-03-02T00:00:00.000Z')).toBe(false)
    await editors.add({ ...editorOf('c', 'admin'), expiresAt: evening }, keyOf('c'), byKey('a'))
    const given = await editors.addAdmin(editorOf('new', 'admin', night), keyOf('c'))
    expect(given, 'as ADMIN_KEY it opens nothing').toBe('revoked')
  })

  test('a refused revocation ends no session', async () => {
    const { editors } = await withThese(['a', 'admin'], ['e', 'editor'])
    await editors.openSession(keyOf('a'), sessionOf('1', night))
    await expect(editors.revoke('a', noon, byKey('a'))).rejects.toMatchObject({ code: 'last-admin' })
    await expect(editors.revoke('a', noon, byKey('e'))).rejects.toMatchObject({ status: 403 })
    expect((await editors.holder(session('1'), noon))?.editor.id).toBe('a')
  })

  test('keys are added and revoked only for who may still keep them', async () => {
    const { editors } = await withThese(['a', 'admin'], ['b', 'admin'], ['e', 'editor'])
    await editors.revoke('b', noon)
    for (const [by, status] of [
      [byKey('b'), 401],
      [byKey('nobody'), 401],
      [byKey('e'), 403],
    ] as const) {
      await expect(editors.add(editorOf('n', 'admin'), keyOf('n'), by)).rejects.toMatchObject({ status })
      await expect(editors.revoke('e', noon, by)).rejects.toMatchObject({ status })
    }
    expect((await editors.list()).map(({ id }) => id)).toEqual(['a', 'e'])
  })

  test('two admins who revoke each other at once: one is left, and the other gets the reason', async () => {
    for (let round = 0; round < 20; round += 1) {
      const rig = await withThese(['a', 'admin'], ['b', 'admin'], ['e', 'editor'])
      const other = await rig.again()
      const results = await Promise.allSettled([
        rig.editors.revoke('b', noon, byKey('a')),
        other.revoke('a', noon, byKey('b')),
      ])
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect((await other.list()).filter(({ role }) => role === 'admin')).toHaveLength(1)
      await rig.remove?.()
    }
  })

  test('a key that the operator gives makes an admin once; a known one changes nothing and says what it is', async () => {
    const { editors } = await withThese(['a', 'admin'], ['b', 'admin'], ['e', 'editor'])
    await editors.revoke('b', noon)
    const add = (hash: string) => editors.addAdmin(editorOf(`new ${hash}`, 'admin', night), hash)
    expect([await add('fresh'), await add('fresh')]).toEqual(['added', 'known'])
    expect([await add(keyOf('a')), await add(keyOf('b')), await add(keyOf('e'))]).toEqual(['known', 'revoked', 'lower'])
    expect((await editors.list()).map(({ id }) => id)).toEqual(['a', 'e', 'new fresh'])
  })

  test('of several admins who are added at once because there is none, one is', async () => {
    for (let round = 0; round < 10; round += 1) {
      const rig = await withThese(['e', 'editor'], ['b', 'admin'], ['c', 'admin'])
      await rig.editors.revoke('b', noon)
      const stores = [rig.editors, await rig.again(), await rig.again()]
      const add = (store: EditorStore, hash: string) => store.addAdmin(editorOf(hash, 'admin', night), hash, 'no-admin')
      expect(await add(rig.editors, 'x'), 'there is one').toBe('needless')
      const none = await open()
      const empty = [none.editors, await none.again(), await none.again()]
      const results = await Promise.all(empty.map((store, nth) => add(store, `key ${nth}`)))
      expect(results.toSorted()).toEqual(['added', 'needless', 'needless'])
      expect(await none.editors.list()).toHaveLength(1)
      expect(await Promise.all(stores.map((store) => add(store, keyOf('c'))))).toEqual(['known', 'known', 'known'])
      await Promise.all([rig.remove?.(), none.remove?.()])
    }
  })
}
