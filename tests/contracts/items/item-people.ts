import { describe, expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { contractRules, type DeskRig, type ItemStoresRig, openDesk, type Person, texts } from './items-rig.ts'

const flash = { level: 'flash', texts: texts('Quake hits Herat') }
const urgent = { level: 'urgent', texts: texts('Talks end') }
const day = 86_400

/** Who did what on an item, and on whose word it goes out, on every store. */
export function itemPeopleContract(open: () => Promise<ItemStoresRig>): void {
  const start = () => openDesk(open)
  const submitted = async (desk: DeskRig, body: object = flash) => {
    const item = await desk.write(body)
    await desk.act(item.id, { act: 'submit' }, 'wil')
    return item
  }
  const approved = async (desk: DeskRig, body: object = flash, by: Person = 'eve') => {
    const item = await submitted(desk, body)
    await desk.act(item.id, { act: 'approve', hash: item.hash }, by)
    return item
  }
  const refusal = async (act: Promise<unknown>) => {
    const error: unknown = await act.then(
      () => null,
      (it: unknown) => it,
    )
    return error as { code: string; message: string; extensions: { item: { state: string } } }
  }

  describe('who comes too late is told who did what last', () => {
    test.each<[string, (desk: DeskRig) => Promise<{ id: string; hash: string }>, RegExp]>([
      ['approved', (desk) => approved(desk), /is held since .*: EVE approved it/],
      [
        'cancelled',
        async (desk) => {
          const item = await approved(desk)
          await desk.act(item.id, { act: 'cancel' }, 'wen')
          return item
        },
        /is cancelled since .*: WEN cancelled it/,
      ],
      [
        'published',
        async (desk) => {
          const item = await desk.write(urgent)
          await desk.act(item.id, { act: 'publish' }, 'eve')
          return item
        },
        /is held since .*: EVE published it/,
      ],
      [
        'overridden',
        async (desk) => {
          const item = await submitted(desk)
          await desk.act(item.id, { act: 'publish', overrideReason: 'Nobody is awake.' }, 'ada')
          return item
        },
        /is held since .*: ADA published it without/,
      ],
      [
        'changed',
        async (desk) => {
          const item = await submitted(desk)
          return desk.items.save(item.id, { ...urgent, version: 2 }, desk.by('wen'))
        },
        /is draft since .*: WEN changed it/,
      ],
      [
        'missed',
        async (desk) => {
          const item = await approved(desk)
          desk.clock.ms += 700_000
          await desk.items.release()
          return item
        },
        /is missed since .*: its time passed/,
      ],
      [
        'refused',
        async (desk) => {
          const item = await approved(desk, { ...flash, expiresAt: desk.at(20) })
          desk.clock.ms += 30_000
          await desk.items.release()
          return item
        },
        /is refused since .* \(already-expired\)/,
      ],
    ])('%s', async (_, before, said) => {
      const desk = await start()
      const { id, hash } = await before(desk)
      const stored = await desk.store.read(id)
      const { code, message } = await refusal(desk.act(id, { act: 'approve', hash }, 'eli'))
      expect([code, message]).toEqual(['item-state', expect.stringMatching(said)])
      expect(await desk.store.read(id)).toEqual(stored)
    })

    test('when it is out already', async () => {
      const desk = await start()
      const { id } = await approved(desk)
      desk.clock.ms += 10_000
      await desk.items.release()
      const { code, message } = await refusal(desk.act(id, { act: 'cancel' }, 'wil'))
      expect([code, message]).toEqual(['item-published', expect.stringContaining('EVE approved it')])
    })

    test('when it has another version by what was no change of its text', async () => {
      const desk = await start()
      const { id } = await submitted(desk)
      const { code, message } = await refusal(desk.items.save(id, { ...urgent, version: 1 }, desk.by('eve')))
      expect([code, message]).toEqual(['item-changed', expect.stringContaining('WIL submitted it')])
    })
  })

  describe('without the version that was read', () => {
    const changed = (name: string) => ({
      ...{ status: 409, code: 'item-changed' },
      message: expect.stringMatching(new RegExp(`${name} .*Nothing was published or submitted`)),
    })

    test('nobody publishes or submits what a colleague has changed; one’s own goes', async () => {
      const desk = await start()
      const { id, version } = await desk.write(urgent, 'eve')
      const saved = { ...urgent, texts: { en: { headline: 'Other words', summary: '' } }, version }
      const theirs = await desk.items.save(id, saved, desk.by('eli'))
      for (const act of ['publish', 'submit'] as const)
        await expect(desk.act(id, { act, version: undefined }, 'eve')).rejects.toMatchObject(changed('ELI changed it'))
      expect(await desk.store.read(id)).toEqual(theirs)
      const own = await desk.act(id, { act: 'publish', version: undefined }, 'eli')
      expect(own.item).toMatchObject({ state: 'held' })
    })

    test('an override or a publication after a colleague’s cancel does not win', async () => {
      const desk = await start()
      const { id } = await submitted(desk)
      const { version } = await desk.items.read(id)
      await desk.act(id, { act: 'cancel' }, 'wil')
      const acts = [{ act: 'publish' }, { act: 'publish', overrideReason: 'Now.' }] as const
      for (const act of acts)
        for (const seen of [undefined, version])
          await expect(desk.act(id, { ...act, version: seen }, 'ada')).rejects.toMatchObject({
            ...{ status: 409, code: 'item-changed', message: expect.stringContaining('WIL cancelled it') },
          })
      expect(await desk.store.read(id)).toMatchObject({ state: 'cancelled' })
      const override = { ...acts[1], version: version + 1 }
      expect((await desk.act(id, override, 'ada')).item, 'who has seen it').toMatchObject({ state: 'held' })
    })

    test('what missed its time is published again by whoever let it go', async () => {
      const desk = await start()
      const { id, version } = await desk.write(urgent, 'wil')
      await desk.act(id, { act: 'publish', version }, 'eve')
      desk.clock.ms += 60 * 60_000
      await desk.items.release()
      const again = { act: 'publish', version: undefined } as const
      await expect(desk.act(id, again, 'eli')).rejects.toMatchObject({ code: 'item-changed' })
      expect((await desk.act(id, again, 'eve')).item).toMatchObject({ state: 'held' })
    })
  })

  describe('what awaits approval already', () => {
    test.each([
      ['published', { act: 'publish' }],
      ['submitted', { act: 'submit' }],
    ] as const)('is not %s by who may approve it: they are told to approve, and can still do so', async (_, act) => {
      const desk = await start()
      const { id, hash } = await submitted(desk)
      const before = await desk.store.read(id)
      const { code, message, extensions } = await refusal(desk.act(id, act, 'eve'))
      expect([code, extensions.item.state]).toEqual(['item-state', 'awaiting-approval'])
      expect(message).toContain('WIL submitted it')
      expect(message).toContain(`/v1/desk/items/${id}/approve`)
      expect(await desk.store.read(id)).toEqual(before)
      expect((await desk.act(id, { act: 'approve', hash }, 'eve')).item).toMatchObject({ state: 'held' })
    })

    test('keeps its approvals when its own editor publishes it again', async () => {
      const rules = { levels: { flash: { ...contractRules.levels.flash, approvals: 2 } } }
      const desk = await openDesk(open, parseNewsroom({ name: 'News', languages: [{ tag: 'en' }], rules }))
      const asked = await desk.publish(flash, 'ada')
      if (!('item' in asked)) throw new Error('it was published at once')
      const { id, hash } = asked.item
      await desk.act(id, { act: 'approve', hash }, 'eve')
      const own = await refusal(desk.act(id, { act: 'publish' }, 'ada'))
      expect([own.code, own.message]).toEqual(['item-state', expect.not.stringContaining('/approve')])
      const again = await refusal(desk.act(id, { act: 'publish' }, 'eve'))
      expect(again.message).toContain('You have approved it already')
      expect((await desk.act(id, { act: 'approve', hash }, 'eli')).item).toMatchObject({ state: 'held' })
    })

    test('goes out when an editor publishes what no rule wants approved; an admin’s override passes', async () => {
      const desk = await start()
      const { id } = await submitted(desk, { ...urgent, level: 'routine' })
      expect((await desk.act(id, { act: 'publish' }, 'eve')).entry).not.toBe(null)
      const other = await submitted(desk)
      const override = { act: 'publish', overrideReason: 'Now.' } as const
      expect((await desk.act(other.id, override, 'ada')).item).toMatchObject({ state: 'held' })
    })
  })

  describe('an approval counts no more once the key of who gave it has ended', () => {
    test('during the hold: it is missed, and asked for again', async () => {
      const desk = await start()
      const { id, hash } = await approved(desk)
      await desk.editors.revoke('eve', desk.at())
      desk.clock.ms += 10_000
      await desk.items.release()
      expect(await desk.store.read(id)).toMatchObject({ state: 'missed', approvals: [], lastAct: { act: 'key-ended' } })
      expect(await desk.entries()).toEqual([])
      const [line] = await desk.audit.read({ limit: 1 })
      expect(line).toMatchObject({ act: 'key-ended', by: null, itemId: id })
      const again = await desk.act(id, { act: 'publish' }, 'eli')
      expect(again.item).toMatchObject({ state: 'awaiting-approval', approvals: [], approvalsWanted: 1 })
      expect((await desk.act(id, { act: 'approve', hash }, 'ada')).item).toMatchObject({ state: 'held' })
      desk.clock.ms += 10_000
      await desk.items.release()
      expect(await desk.entries()).toHaveLength(1)
    })

    test('before a scheduled time, and after a crash', async () => {
      const desk = await start()
      const { id } = await approved(desk, { ...flash, publishAt: desk.at(3_600) })
      await desk.editors.revoke('eve', desk.at())
      const again = await desk.reopened()
      again.clock.ms += 3_600_000
      await again.items.release()
      expect([(await again.store.read(id))?.state, await again.entries()]).toEqual(['missed', []])
    })

    test('while another approval is waited for, and where enough others remain nothing changes', async () => {
      const rules = { levels: { flash: { ...contractRules.levels.flash, approvals: 2 } } }
      const desk = await openDesk(open, parseNewsroom({ name: 'News', languages: [{ tag: 'en' }], rules }))
      const { id, hash } = await approved(desk)
      await desk.editors.revoke('eve', desk.at())
      const waits = await desk.act(id, { act: 'approve', hash }, 'eli')
      expect(waits.item).toMatchObject({ state: 'awaiting-approval', approvals: [{ by: { id: 'eli' } }] })
      expect((await desk.act(id, { act: 'approve', hash }, 'ada')).item).toMatchObject({ state: 'held' })
      await desk.editors.revoke('wil', desk.at())
      desk.clock.ms += 10_000
      await desk.items.release()
      expect((await desk.store.read(id))?.state, 'who submitted it').toBe('missed')
    })

    test('nor an override', async () => {
      const desk = await start()
      await desk.editors.add({ id: 'ann', name: 'ANN', role: 'admin', createdAt: desk.at() }, 'key of ann')
      const { id } = await submitted(desk)
      await desk.act(id, { act: 'publish', overrideReason: 'Now.' }, 'ada')
      await desk.editors.revoke('ada', desk.at())
      desk.clock.ms += 10_000
      await desk.items.release()
      expect((await desk.store.read(id))?.state).toBe('missed')
      const again = await desk.act(id, { act: 'publish' }, 'eve')
      expect(again.item).toMatchObject({ state: 'awaiting-approval', override: null })
    })
  })

  describe('the times of an alert', () => {
    test.each(['publishAt', 'embargoUntil'] as const)('an expiry that is not after %s names both', async (field) => {
      const desk = await start()
      for (const seconds of [100, 200]) {
        const body = { ...urgent, [field]: desk.at(200), expiresAt: desk.at(seconds) }
        for (const asked of [
          () => desk.publish(body),
          () => desk.items.dryRun(null, body),
          async () => desk.act((await desk.write(body)).id, { act: 'submit' }, 'wil'),
        ])
          await expect(asked()).rejects.toMatchObject({
            ...{ status: 400, code: 'invalid', message: expect.not.stringContaining('clock') },
            errors: [
              { pointer: '/expiresAt', detail: expect.stringContaining(`${field} is ${desk.at(200)}`) },
              { pointer: `/${field}` },
            ],
          })
      }
      const kept = await desk.publish({ ...urgent, [field]: desk.at(200), expiresAt: desk.at(201) })
      expect(kept).toMatchObject({ item: { state: 'scheduled' } })
    })

    test('nor one before the end of the hold, the rule’s or the editor’s', async () => {
      const desk = await start()
      for (const hold of [{}, { holdSeconds: 60 }])
        await expect(desk.publish({ ...urgent, ...hold, expiresAt: desk.at(3) })).rejects.toMatchObject({
          ...{ status: 400, code: 'invalid', errors: [{ pointer: '/expiresAt' }, { pointer: '/holdSeconds' }] },
        })
      await expect(desk.publish({ ...urgent, expiresAt: desk.at(-3) })).rejects.toMatchObject({
        ...{ code: 'already-expired', message: expect.stringContaining('has passed') },
      })
      const late = await desk.publish({ ...urgent, holdSeconds: 60, expiresAt: desk.at(61) })
      if (!('item' in late)) throw new Error('it was published at once')
      desk.clock.ms += 60_000
      await desk.items.release()
      expect((await desk.store.read(late.item.id))?.state).toBe('published')
    })

    test('the latest expiry counts from when it goes out, also in a dry run and beside other mistakes', async () => {
      const desk = await start()
      const body = { ...urgent, publishAt: desk.at(60 * day) }
      const kept = { ...body, expiresAt: desk.at(90 * day) }
      expect(await desk.items.dryRun(null, kept)).toMatchObject({ alert: { expiresAt: desk.at(90 * day) } })
      expect(await desk.publish(kept)).toMatchObject({ item: { state: 'scheduled' } })
      const late = { ...body, expiresAt: desk.at(90 * day + 1) }
      await expect(desk.publish(late)).rejects.toMatchObject({ code: 'expires-too-late' })
      await expect(desk.items.dryRun(null, late)).rejects.toMatchObject({ code: 'expires-too-late' })
      await expect(desk.publish({ ...kept, level: 'red' })).rejects.toMatchObject({ errors: [{ pointer: '/level' }] })
      desk.clock.ms += 60 * day * 1_000
      await desk.items.release()
      expect(await desk.entries()).toMatchObject([{ alert: { expiresAt: desk.at(30 * day) } }])
    })
  })

  type Times = { publishAt?: number; embargoUntil?: number; level?: string; holdSeconds?: number }
  test.each<[string, Times]>([
    ['/publishAt', { publishAt: -1 }],
    ['/publishAt', { publishAt: 60, embargoUntil: 61 }],
    ['/embargoUntil', { embargoUntil: 400 * day }],
    ['/holdSeconds', { level: 'flash', holdSeconds: 4 }],
  ])(
    'a dry run refuses the times that publishing does: %s %j',
    async (pointer, { publishAt, embargoUntil, ...more }) => {
      const desk = await start()
      const body = {
        ...urgent,
        ...more,
        ...(publishAt === undefined ? {} : { publishAt: desk.at(publishAt) }),
        ...(embargoUntil === undefined ? {} : { embargoUntil: desk.at(embargoUntil) }),
      }
      const refused = await refusal(desk.publish(body))
      expect(refused).toMatchObject({ status: 400, errors: [{ pointer }] })
      expect((await refusal(desk.items.dryRun(null, body))).message).toBe(refused.message)
    },
  )

  test('a draft says how many approvals the rules want for what it says', async () => {
    const desk = await start()
    const draft = await desk.write(flash)
    expect(draft.approvalsWanted).toBe(1)
    const saved = await desk.items.save(draft.id, { ...urgent, version: 1 }, desk.by('wil'))
    expect(saved.approvalsWanted).toBe(0)
    expect((await desk.write({})).approvalsWanted).toBe(0)
    const { id } = await approved(desk)
    await desk.act(id, { act: 'cancel' }, 'eve')
    expect((await desk.store.read(id))?.approvalsWanted).toBe(1)
  })
}
