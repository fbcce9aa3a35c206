import { expect, test } from 'vitest'
import type { Role } from '../../src/auth/editor.ts'
import type { Level } from '../../src/domain/alert-types.ts'
import { newAlert, noon, retraction, updateOf } from '../support/samples.ts'
import { contractRules, type ItemStoresRig, newKey, openDesk, ruled, texts } from './items/items-rig.ts'

const noRules = {
  ...ruled,
  rules: { ...ruled.rules, levels: { ...ruled.rules.levels, flash: ruled.rules.levels.routine } },
}
const refused = { status: 403, code: 'level-not-allowed' }

/** What every store does with the levels of a key, where an alert goes out at once and where it is an item. */
export function keyLevelsContract(open: () => Promise<ItemStoresRig>): void {
  const withFeed = async (levels: readonly Level[], newsroom = noRules) => {
    const desk = await openDesk(open, newsroom)
    const feed = { id: 'feed', name: 'FEED', role: 'editor', createdAt: noon, levels } as const
    await desk.editors.add(feed, 'key of feed')
    return {
      ...desk,
      byFeed: { ...desk.by('eve'), editorId: 'feed', credential: { by: 'key', hash: 'key of feed' } as const },
    }
  }

  test('a key that may not send flashes publishes the rest, and takes back whatever is wrong', async () => {
    const { log, byFeed, by, audit } = await withFeed(['urgent', 'routine'])
    await log.append(newAlert('a'), 'k1', byFeed)
    await expect(log.append(newAlert('b', { level: 'flash' }), 'k2', byFeed)).rejects.toMatchObject(refused)
    await log.append(newAlert('b', { level: 'flash' }), 'k3', by('eve'))
    await expect(log.append(updateOf('b', 'x'), 'k4', byFeed), 'it would be a flash').rejects.toMatchObject(refused)
    const raised = { ...updateOf('a', 'x'), revision: { level: 'flash' as const } }
    await expect(log.append(raised as never, 'k5', byFeed)).rejects.toMatchObject(refused)
    await log.append(retraction('b'), 'k6', byFeed)
    expect((await log.bounds()).head).toBe(3)
    const published = await audit.read({ limit: 9, act: 'published' })
    expect(published.map(({ by: who }) => who?.id)).toEqual(['feed', 'eve', 'feed'])
  })

  test('an alert that would get a time from which on the key has expired is refused, though it was asked for before', async () => {
    const { log, editors, by } = await openDesk(open, noRules)
    const expiresAt = '2026-03-01T13:00:00.000Z'
    await editors.add({ id: 'may', name: 'MAY', role: 'editor', createdAt: noon, expiresAt }, 'key of may')
    const byMay = { ...by('eve'), editorId: 'may', credential: { by: 'key', hash: 'key of may' } as const }
    const at = (time: string) => ({ ...newAlert(time), at: time })
    await log.append(at('2026-03-01T12:59:59.999Z'), 'k1', byMay)
    await expect(log.append(at(expiresAt), 'k2', byMay)).rejects.toMatchObject({ status: 401, code: 'key-expired' })
    expect((await log.bounds()).head).toBe(1)
    const first = await log.append(at('2026-03-01T12:59:59.999Z'), 'k1', byMay)
    expect(first.seq, 'what was published before is answered again').toBe(1)
  })

  test('it writes and submits a flash, and neither publishes nor approves one; what it may, it publishes', async () => {
    const { items, byFeed, write, act, entries } = await withFeed(['routine'])
    const own = await items.create({ level: 'flash', texts: texts('Quake') }, newKey(), byFeed)
    await expect(items.act(own.id, { act: 'publish' }, newKey(), byFeed)).rejects.toMatchObject(refused)
    expect((await items.read(own.id)).state).toBe('draft')
    const { item } = await items.act(own.id, { act: 'submit' }, newKey(), byFeed)
    expect(item?.state).toBe('awaiting-approval')
    const other = await write({ level: 'flash', texts: texts('Flood') }, 'wil')
    const { item: submitted } = await act(other.id, { act: 'submit' }, 'wil')
    const approve = { act: 'approve', hash: submitted?.hash ?? '' } as const
    await expect(items.act(other.id, approve, newKey(), byFeed)).rejects.toMatchObject(refused)
    expect((await items.read(other.id)).approvals).toEqual([])
    expect(await entries()).toEqual([])
    await act(own.id, { act: 'approve', hash: item?.hash ?? '' }, 'eve')
    const weather = await items.create({ level: 'routine', texts: texts('Rain') }, newKey(), byFeed)
    await items.act(weather.id, { act: 'publish' }, newKey(), byFeed)
    expect((await entries()).map(({ alert }) => alert.level)).toEqual(['flash', 'routine'])
  })

  test('an admin whose key has a limit of levels makes none that may publish more', async () => {
    const { editors, by } = await withFeed(['routine'])
    const chief = { id: 'chief', name: 'CHIEF', role: 'admin', createdAt: noon, levels: ['urgent', 'routine'] } as const
    await editors.add(chief, 'key of chief')
    const byChief = {
      ...by('ada', 'admin'),
      editorId: 'chief',
      credential: { by: 'key', hash: 'key of chief' } as const,
    }
    const adding = (role: Role, levels?: readonly Level[]) => {
      const id = `${role} ${levels}`
      const more = levels === undefined ? {} : { levels }
      return editors.add({ id, name: id, role, createdAt: noon, ...more }, `key of ${id}`, byChief)
    }
    for (const role of ['editor', 'admin'] as const) {
      for (const levels of [undefined, ['flash'], ['flash', 'routine']] as const)
        await expect(adding(role, levels), `${role} ${levels}`).rejects.toMatchObject(refused)
      for (const levels of [['routine'], ['urgent', 'routine']] as const) await adding(role, levels)
    }
    await adding('writer')
    const names = (await editors.list()).map(({ id }) => id)
    expect(names.filter((id) => / |,/.test(id))).toHaveLength(5)
  })

  test('where a rule asks for approval as well, the key’s limit counts before it', async () => {
    const { items, byFeed } = await withFeed(['urgent'], ruled)
    expect(contractRules.levels.flash.approvals).toBe(1)
    const asked = items.publish(null, { level: 'flash', texts: texts('Quake') }, newKey(), byFeed)
    await expect(asked).rejects.toMatchObject(refused)
    expect(await items.list(['draft', 'awaiting-approval'], 9, undefined)).toEqual({ items: [], next: null })
  })
}
