import { expect, test } from 'vitest'
import { type DeskRig, type ItemStoresRig, openDesk, type Person, texts } from './items-rig.ts'

const flash = { level: 'flash', texts: texts('Quake hits Herat') }
type Doing = 'editing' | 'reading' | 'approving'

/** Who has an item open, on every store. */
export function presenceContract(open: () => Promise<ItemStoresRig>): void {
  const start = () => openDesk(open)
  const enter = ({ store, by, at }: DeskRig, itemId: string, person: Person, doing: Doing, renewal = false) =>
    store.presence.enter({ itemId, by: by(person), doing, renewal, at: at() })
  const present = async ({ store, at }: DeskRig) =>
    (await store.presence.present(at())).map(({ by, doing, until }) => `${by.name} ${doing} ${until}`)
  const submitted = async (desk: DeskRig) => {
    const { id } = await desk.write(flash)
    return (await desk.act(id, { act: 'submit' }, 'wil')).item ?? Promise.reject(new Error('not stored'))
  }
  const save = (desk: DeskRig, id: string, version: number, person: Person = 'wil') =>
    desk.items.save(id, { ...flash, texts: texts('Quake hits Kabul'), version }, desk.by(person))

  test('who has an item open is told to the others, until they leave or say it no more', async () => {
    const desk = await start()
    const { id } = await desk.write(flash)
    await enter(desk, id, 'wil', 'editing')
    desk.clock.ms += 1_000
    expect(await enter(desk, id, 'wen', 'editing')).toMatchObject([
      { itemId: id, by: { id: 'wil', name: 'WIL' }, doing: 'editing', since: desk.at(-1), until: desk.at(59) },
      { itemId: id, by: { id: 'wen', name: 'WEN' }, doing: 'editing', since: desk.at(), until: desk.at(60) },
    ])
    desk.clock.ms += 30_000
    await enter(desk, id, 'wil', 'editing', true)
    expect(await present(desk)).toEqual([`WEN editing ${desk.at(30)}`, `WIL editing ${desk.at(60)}`])
    desk.clock.ms += 30_000
    expect(await present(desk)).toEqual([`WIL editing ${desk.at(30)}`])
    await desk.store.presence.leave(id, desk.by('wil'))
    expect(await present(desk)).toEqual([])
    for (const gone of ['nothing', 'nul\0'])
      await expect(enter(desk, gone, 'wil', 'editing')).rejects.toMatchObject({ status: 404, code: 'no-such-item' })
  })

  test('while an approver reads it, an item is not changed by another; the refusal says who and until when', async () => {
    const desk = await start()
    const { id, version, hash } = await submitted(desk)
    await enter(desk, id, 'eve', 'approving')
    const locked = {
      ...{ status: 409, code: 'item-locked', message: expect.stringContaining(`EVE is reading it`) },
      extensions: { lockedBy: { id: 'eve', name: 'EVE' }, lockedUntil: desk.at(60), item: { id, version } },
    }
    await expect(save(desk, id, version)).rejects.toMatchObject(locked)
    await expect(save(desk, id, version, 'ada')).rejects.toMatchObject(locked)
    await expect(desk.act(id, { act: 'publish' }, 'eli')).rejects.toMatchObject(locked)
    expect(await desk.store.read(id)).toMatchObject({ version, hash, state: 'awaiting-approval' })
    expect(await desk.act(id, { act: 'approve', hash }, 'eve')).toMatchObject({ item: { state: 'held' } })
    expect(await save(desk, id, version + 1), 'what waits no more is not locked').toMatchObject({ state: 'draft' })
  })

  test('a lock ends by itself, with the approver’s key, and by leaving; cancelling always works', async () => {
    const desk = await start()
    const first = await submitted(desk)
    await enter(desk, first.id, 'eve', 'approving')
    desk.clock.ms += 60_000
    expect(await save(desk, first.id, first.version)).toMatchObject({ state: 'draft' })

    const second = await submitted(desk)
    await enter(desk, second.id, 'eve', 'approving')
    await desk.store.presence.leave(second.id, desk.by('eve'))
    expect(await save(desk, second.id, second.version)).toMatchObject({ state: 'draft' })

    const third = await submitted(desk)
    await enter(desk, third.id, 'eve', 'approving')
    expect(await desk.act(third.id, { act: 'cancel' }, 'wil')).toMatchObject({ item: { state: 'cancelled' } })

    const fourth = await submitted(desk)
    await enter(desk, fourth.id, 'eve', 'approving')
    await desk.editors.revoke('eve', desk.at())
    expect(await save(desk, fourth.id, fourth.version)).toMatchObject({ state: 'draft' })
  })

  test('what an expired key has open ends at its time', async () => {
    const desk = await start()
    const { id, version } = await submitted(desk)
    const expiresAt = desk.at(20)
    await desk.editors.add({ id: 'may', name: 'MAY', role: 'editor', createdAt: desk.at(), expiresAt }, 'key of may')
    await desk.store.presence.enter({
      itemId: id,
      by: desk.by('may'),
      doing: 'approving',
      renewal: false,
      at: desk.at(),
    })
    desk.clock.ms += 19_999
    expect(await present(desk)).toHaveLength(1)
    await expect(save(desk, id, version)).rejects.toMatchObject({ code: 'item-locked' })
    desk.clock.ms += 1
    expect(await present(desk)).toEqual([])
    expect(await save(desk, id, version)).toMatchObject({ state: 'draft' })
  })

  test('only who may approve an item locks it: no writer, none of its authors, nobody twice', async () => {
    const desk = await start()
    const { id, version } = await submitted(desk)
    for (const person of ['wil', 'wen'] as const)
      expect(await enter(desk, id, person, 'approving')).toContainEqual(
        expect.objectContaining({ by: { id: person, name: person.toUpperCase() }, doing: 'reading' }),
      )
    const own = await desk.write(flash, 'eve')
    await desk.act(own.id, { act: 'submit' }, 'eve')
    expect(await enter(desk, own.id, 'eve', 'approving')).toMatchObject([{ doing: 'reading' }])
    const draft = await desk.write(flash)
    expect(await enter(desk, draft.id, 'eve', 'approving')).toMatchObject([{ doing: 'reading' }])
    expect(await save(desk, id, version)).toMatchObject({ state: 'draft' })
  })

  test('an admin ends a lock, which is in the audit log; a page that renews it does not set it again', async () => {
    const desk = await start()
    const { id, version } = await submitted(desk)
    await enter(desk, id, 'eve', 'approving')
    const unlock = (person: Person) => desk.store.presence.unlock(id, desk.by(person, 'admin'))
    await expect(unlock('eli')).rejects.toMatchObject({ status: 403, code: 'role-too-low' })
    await unlock('ada')
    expect(await enter(desk, id, 'eve', 'approving', true)).toMatchObject([{ doing: 'reading' }])
    expect(await save(desk, id, version)).toMatchObject({ state: 'draft' })
    const [line] = await desk.audit.read({ limit: 1, act: 'unlock' })
    expect(line).toMatchObject({ by: { id: 'ada' }, itemId: id, detail: { lockedBy: [{ id: 'eve', name: 'EVE' }] } })
    await desk.act(id, { act: 'submit' }, 'wil')
    expect(await enter(desk, id, 'eve', 'approving'), 'opened again, it is locked again').toMatchObject([
      { doing: 'approving' },
    ])
  })
}
