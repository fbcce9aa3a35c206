import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { contractRules, type DeskRig, type ItemStoresRig, newKey, openDesk, texts } from './items-rig.ts'

const flash = { level: 'flash', texts: texts('Quake hits Herat') }
const urgent = { level: 'urgent', texts: texts('Talks end') }

/** What the desk's items do, on every store. */
export function itemsContract(open: () => Promise<ItemStoresRig>): void {
  const start = () => openDesk(open)
  const states = async ({ store }: DeskRig, id: string) => (await store.read(id))?.state

  test('a flash waits for another editor, is held after the approval, and is published once', async () => {
    const desk = await start()
    const asked = await desk.publish(flash)
    if (!('item' in asked)) throw new Error('it was published at once')
    const { id, hash } = asked.item
    expect(asked.item).toMatchObject({ state: 'awaiting-approval', approvalsWanted: 1, releaseAt: null })
    await expect(desk.act(id, { act: 'approve', hash }, 'eve')).rejects.toMatchObject({ status: 403, code: 'own-item' })
    await expect(desk.act(id, { act: 'approve', hash }, 'wil')).rejects.toMatchObject({
      status: 403,
      code: 'role-too-low',
    })
    const { item } = await desk.act(id, { act: 'approve', hash }, 'eli')
    expect(item).toMatchObject({
      state: 'held',
      releaseAt: desk.at(10),
      approvals: [{ by: { id: 'eli', name: 'ELI' } }],
    })
    desk.clock.ms += 9_999
    expect(await desk.items.release()).toBe(desk.at(0.001))
    expect(await desk.entries()).toEqual([])
    desk.clock.ms += 1
    await Promise.all([desk.items.release(), desk.items.release()])
    expect(await desk.entries()).toMatchObject([{ seq: 1, kind: 'alert', at: desk.at(), alert: { level: 'flash' } }])
    expect(await desk.store.read(id)).toMatchObject({ state: 'published', published: { seq: 1, at: desk.at() } })
  })

  test('an urgent alert is held as long as the rules say, and not at all where the editor says so', async () => {
    const desk = await start()
    expect(await desk.publish(urgent)).toMatchObject({ item: { state: 'held', releaseAt: desk.at(5) } })
    expect(await desk.publish({ ...urgent, holdSeconds: 0 })).toMatchObject({ entry: { seq: 1 } })
    expect(await desk.publish({ ...urgent, level: 'routine' })).toMatchObject({ entry: { seq: 2 } })
    expect(await desk.publish({ ...urgent, holdSeconds: 90 })).toMatchObject({ item: { releaseAt: desk.at(90) } })
    await expect(desk.publish({ ...flash, holdSeconds: 4 })).rejects.toMatchObject({
      ...{ status: 400, errors: [{ pointer: '/holdSeconds', detail: expect.stringContaining('at least 5 seconds') }] },
    })
  })

  test('a dry run refuses an expiry inside the rule’s own hold, in the same words as publishing; so does submitting', async () => {
    const desk = await start()
    const reasonOf = (refused: Promise<unknown>) =>
      refused.then(
        () => 'it was taken',
        (problem) => ({ status: problem.status, errors: problem.errors }),
      )
    const { entry } = (await desk.publish({ ...urgent, holdSeconds: 0 })) as { entry: { alert: { id: string } } }
    const target = { kind: 'update', id: entry.alert.id } as const
    for (const [to, body] of [
      [null, { ...flash, expiresAt: desk.at(8) }],
      [null, { ...urgent, expiresAt: desk.at(5) }],
      [null, { ...urgent, holdSeconds: 60, expiresAt: desk.at(59) }],
      [target, { texts: texts('Talks go on'), expiresAt: desk.at(3) }],
    ] as const) {
      const tried = await reasonOf(desk.items.dryRun(to, body))
      expect(tried).toMatchObject({ status: 400, errors: [{ pointer: '/expiresAt' }, { pointer: '/holdSeconds' }] })
      expect(await reasonOf(desk.items.publish(to, body, newKey(), desk.by('eve', 'editor')))).toEqual(tried)
    }
    const draft = await desk.write({ ...flash, expiresAt: desk.at(8) })
    expect(await reasonOf(desk.act(draft.id, { act: 'submit' }, 'wil'))).toMatchObject({ status: 400 })
    for (const body of [
      { ...urgent, expiresAt: desk.at(6) },
      { ...urgent, holdSeconds: 0, expiresAt: desk.at(3) },
    ])
      expect(await desk.items.dryRun(null, body)).toMatchObject({ kind: 'alert' })
  })

  test('the same key gives the first answer and does nothing, also after a crash; another request with it is refused', async () => {
    const desk = await start()
    const key = newKey()
    const first = await desk.publish(urgent, 'eve', key)
    const again = await desk.reopened()
    again.clock.ms += 60_000
    await again.items.release()
    expect(await again.publish(urgent, 'eve', key)).toEqual(first)
    await expect(again.publish(flash, 'eve', key)).rejects.toMatchObject({
      status: 409,
      code: 'idempotency-key-reused',
    })
    expect(await again.publish(urgent, 'eli', key), "another editor's key is another").not.toEqual(first)
    expect(await again.entries()).toHaveLength(1)
    expect(await again.store.list({ states: ['held', 'published'], limit: 9 })).toHaveLength(2)
    const plain = newKey()
    const published = await again.publish({ ...urgent, holdSeconds: 0 }, 'eve', plain)
    expect(await again.publish({ ...urgent, holdSeconds: 0 }, 'eve', plain)).toEqual(published)
  })

  test('what was done here is told to who follows the desk, what was refused is not', async () => {
    const desk = await start()
    const item = await desk.write(urgent)
    await desk.act(item.id, { act: 'publish' }, 'eve')
    expect(desk.told.acts).toBe(2)
    await expect(desk.act(item.id, { act: 'approve', hash: item.hash }, 'eli')).rejects.toMatchObject({ status: 409 })
    await desk.items.release()
    expect(desk.told.acts).toBe(2)
    desk.clock.ms += 5_000
    await desk.items.release()
    expect(desk.told.acts).toBe(3)
  })

  test('two approve at once: each approval counts once, and the alert goes out once', async () => {
    const desk = await start()
    const item = await desk.write(flash)
    await desk.act(item.id, { act: 'submit', version: 1 }, 'wil')
    const approve = { act: 'approve', hash: item.hash } as const
    const answers = await Promise.allSettled([desk.act(item.id, approve, 'eve'), desk.act(item.id, approve, 'eli')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = answers.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { status: 409, code: 'item-state' } })
    desk.clock.ms += 10_000
    await desk.items.release()
    expect(await desk.entries()).toHaveLength(1)
  })

  test('what was approved is the exact text: a change undoes the approval, and one a moment before refuses it', async () => {
    const desk = await start()
    const item = await desk.write(flash)
    await desk.act(item.id, { act: 'submit' }, 'wil')
    const changed = { ...flash, texts: texts('Quake hits Badghis'), version: 2 }
    const saved = await desk.items.save(item.id, changed, desk.by('wen'))
    expect(saved).toMatchObject({
      state: 'draft',
      approvals: [],
      submittedBy: null,
      authors: [{ id: 'wil' }, { id: 'wen' }],
    })
    await desk.act(item.id, { act: 'submit' }, 'wen')
    await expect(desk.act(item.id, { act: 'approve', hash: item.hash }, 'eve')).rejects.toMatchObject({
      ...{ status: 409, code: 'item-changed', message: expect.stringContaining('WEN') },
    })
    await desk.act(item.id, { act: 'approve', hash: saved.hash }, 'eve')
    const held = await desk.store.read(item.id)
    await desk.items.save(item.id, { ...changed, version: held?.version, level: 'urgent' }, desk.by('wil'))
    desk.clock.ms += 3_600_000
    await desk.items.release()
    expect(await states(desk, item.id), 'its hold was stopped').toBe('draft')
    expect(await desk.entries()).toEqual([])
  })

  test('two editors save at once: one wins, and the other is told who did what', async () => {
    const desk = await start()
    const item = await desk.write(flash)
    const save = (person: 'wil' | 'wen', headline: string) =>
      desk.items.save(item.id, { ...flash, texts: texts(headline), version: 1 }, desk.by(person))
    const answers = await Promise.allSettled([save('wil', 'One'), save('wen', 'Two')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const stored = await desk.store.read(item.id)
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        ...{ status: 409, code: 'item-changed', message: expect.stringContaining(stored?.changedBy.name ?? '?') },
        extensions: { item: { version: 2, texts: stored?.content.texts } },
      },
    })
  })

  test('cancelled is cancelled: after the answer nothing goes out, and before the end of the hold it always succeeds', async () => {
    const desk = await start()
    const asked = await desk.publish(urgent)
    if (!('item' in asked)) throw new Error('it was published at once')
    desk.clock.ms += 4_999
    await desk.act(asked.item.id, { act: 'cancel' }, 'wen')
    desk.clock.ms += 60_000
    await desk.items.release()
    expect(await desk.entries()).toEqual([])
    const other = await desk.publish(urgent)
    if (!('item' in other)) throw new Error('it was published at once')
    desk.clock.ms += 5_000
    const [cancelled] = await Promise.allSettled([
      desk.act(other.item.id, { act: 'cancel' }, 'eve'),
      desk.items.release(),
    ])
    const sent = (await desk.entries()).length
    expect([cancelled.status, sent]).toEqual(sent === 1 ? ['rejected', 1] : ['fulfilled', 0])
    if (cancelled.status === 'rejected')
      expect(cancelled.reason).toMatchObject({ code: 'item-published', message: expect.stringContaining('too late') })
  })

  test('an approval expires; then it is asked for again', async () => {
    const desk = await start()
    const two = parseNewsroom({
      ...{ name: 'News', languages: [{ tag: 'en' }] },
      rules: { levels: { flash: { approvals: 2, holdSeconds: 0, leastHoldSeconds: 0 } }, approvalSeconds: 60 },
    })
    const strict = await desk.reopened(two)
    const item = await strict.write(flash)
    await strict.act(item.id, { act: 'submit' }, 'wil')
    const approve = { act: 'approve', hash: item.hash } as const
    await strict.act(item.id, approve, 'eve')
    await expect(strict.act(item.id, approve, 'eve')).rejects.toMatchObject({ code: 'approved-already' })
    strict.clock.ms += 60_000
    const { item: later } = await strict.act(item.id, approve, 'eli')
    expect(later).toMatchObject({ state: 'awaiting-approval', approvals: [{ by: { id: 'eli' } }] })
    const { entry } = await strict.act(item.id, approve, 'eve')
    expect(entry).toMatchObject({ seq: 1 })
  })

  test('an admin overrides with a reason, which is in the audit log; nobody else can', async () => {
    const desk = await start()
    const item = await desk.write(flash, 'ada')
    const override = { act: 'publish', overrideReason: 'Nobody else is awake.' } as const
    await expect(desk.act(item.id, override, 'eve')).rejects.toMatchObject({ status: 403 })
    expect((await desk.act(item.id, override, 'ada')).item).toMatchObject({ state: 'held', releaseAt: desk.at(10) })
    desk.clock.ms += 10_000
    await desk.items.release()
    expect(await desk.entries()).toHaveLength(1)
    const lines = await desk.audit.read({ limit: 4 })
    expect(lines.map(({ act, by }) => [act, by?.id ?? null])).toEqual([
      ['published', null],
      ['release', null],
      ['override', 'ada'],
      ['create', 'ada'],
    ])
    expect(lines[2]?.detail).toMatchObject({ overrideReason: 'Nobody else is awake.', hash: item.hash, level: 'flash' })
    expect((await desk.audit.read({ limit: 1, before: lines[2]?.id })).map(({ act }) => act)).toEqual(['create'])
  })

  test('a schedule is kept through a crash and never early; one that was missed by long is asked about', async () => {
    const desk = await start()
    const planned = await desk.publish({ ...urgent, publishAt: desk.at(3_600) })
    const late = await desk.publish({ ...urgent, embargoUntil: desk.at(7_200) })
    if (!('item' in planned && 'item' in late)) throw new Error('it was published at once')
    expect([planned.item.state, late.item.releaseAt]).toEqual(['scheduled', desk.at(7_200)])
    desk.clock.ms += 3_599_999
    await desk.items.release()
    const again = await desk.reopened()
    expect(await again.entries()).toEqual([])
    again.clock.ms += 1 + 600_000
    await again.items.release()
    expect(await again.entries(), 'ten minutes late is not too late').toHaveLength(1)
    again.clock.ms += 3_600_001
    await again.items.release()
    expect(await again.entries()).toHaveLength(1)
    expect(await states(again, late.item.id)).toBe('missed')
    expect(await again.act(late.item.id, { act: 'publish' }, 'eve')).toMatchObject({ item: { state: 'held' } })
  })

  test('times that cannot be kept are refused, all at once', async () => {
    const desk = await start()
    const refused = desk.publish({ ...urgent, publishAt: desk.at(-1), embargoUntil: desk.at(-60), holdSeconds: 0 })
    await expect(refused).rejects.toMatchObject({
      ...{ status: 400, errors: [{ pointer: '/publishAt' }, { pointer: '/embargoUntil' }] },
    })
    await expect(desk.publish({ ...urgent, publishAt: desk.at(60), embargoUntil: desk.at(61) })).rejects.toMatchObject({
      errors: [{ pointer: '/publishAt', detail: expect.stringContaining('before embargoUntil') }],
    })
    await expect(desk.publish({ ...urgent, publishAt: desk.at(400 * 86_400) })).rejects.toMatchObject({ status: 400 })
    await expect(
      desk.publish({ ...urgent, publishAt: desk.at(7_200), expiresAt: desk.at(3_600) }),
    ).rejects.toMatchObject({ code: 'invalid' })
    expect(await desk.store.list({ states: ['draft', 'scheduled'], limit: 9 })).toEqual([])
  })

  test('while publishing is paused nothing is released, and nothing goes out by itself afterwards', async () => {
    const desk = await start()
    const asked = await desk.publish(urgent)
    if (!('item' in asked)) throw new Error('it was published at once')
    const note = { reason: 'Wait.', by: 'ada', at: desk.at() }
    await desk.pauses.change(() => ({ languages: [], topics: [] }), note)
    desk.clock.ms += 6_000
    await desk.items.release()
    await expect(desk.publish(urgent), 'a hold during a pause').rejects.toMatchObject({ status: 423, code: 'paused' })
    expect(await desk.publish({ ...urgent, publishAt: desk.at(3_600) })).toMatchObject({ item: { state: 'scheduled' } })
    expect(await states(desk, asked.item.id)).toBe('missed')
    await desk.pauses.change(() => null, note)
    await desk.items.release()
    expect([await states(desk, asked.item.id), await desk.entries()]).toEqual(['missed', []])
    expect(await desk.act(asked.item.id, { act: 'publish' }, 'eve')).toMatchObject({ item: { state: 'held' } })
    desk.clock.ms += 5_000
    await desk.items.release()
    expect(await desk.entries()).toHaveLength(1)
  })

  test('whoever acts on a deleted item is told who deleted it and when', async () => {
    const desk = await start()
    const { id, hash } = await desk.items.create({ kind: 'alert', ...urgent }, newKey(), desk.by('wil'))
    const at = desk.at()
    await desk.items.delete(id, 1, desk.by('eli'))
    desk.clock.ms += 60_000
    const gone = {
      ...{ status: 404, code: 'no-such-item', message: expect.stringContaining(`ELI deleted the item at ${at}`) },
      extensions: { by: 'ELI', at },
    }
    const presence = { itemId: id, doing: 'editing', renewal: false, at: desk.at() } as const
    const acts: readonly (() => Promise<unknown>)[] = [
      () => desk.act(id, { act: 'publish', version: 1 }, 'eve'),
      () => desk.act(id, { act: 'submit', version: 1 }, 'wil'),
      () => desk.act(id, { act: 'approve', hash }, 'eve'),
      () => desk.act(id, { act: 'cancel' }, 'eve'),
      () => desk.items.delete(id, 1, desk.by('wil')),
      () => desk.items.save(id, { version: 1, ...urgent }, desk.by('wil')),
      () => desk.items.read(id),
      () => desk.store.presence.enter({ ...presence, by: desk.by('wen') }),
      () => desk.store.presence.unlock(id, desk.by('ada')),
    ]
    for (const act of acts) await expect(act()).rejects.toMatchObject(gone)
    const never = { code: 'no-such-item', message: expect.stringContaining('no item with this id') }
    await expect(desk.act('never', { act: 'cancel' }, 'eve')).rejects.toMatchObject(never)
  })

  test('what a colleague said first is refused with who said it; one’s own, and what was read, as nothing new', async () => {
    const desk = await start()
    const first = await desk.publish({ ...urgent, holdSeconds: 0 })
    if (!('entry' in first)) throw new Error('it was held')
    const { id } = first.entry.alert
    const target = { kind: 'correction', id } as const
    const body = { note: { en: 'It was six.' } }
    await desk.desk.revise(target, body, newKey(), desk.by('eli'))
    const overtaken = {
      ...{ status: 409, code: 'alert-changed', message: expect.stringMatching(/Version 2 .*says already/) },
      extensions: { version: 2, changes: [{ kind: 'correction', by: 'eli' }] },
    }
    const nothing = { status: 400, code: 'invalid', errors: [{ code: 'nothing-new' }] }
    const ways = [
      (said: object, who: string) => desk.desk.revise(target, said, newKey(), desk.by(who)),
      (said: object, who: string) => desk.items.publish(target, said, newKey(), desk.by(who)),
      (said: object, who: string) => desk.items.publish(target, { ...said, holdSeconds: 5 }, newKey(), desk.by(who)),
    ]
    for (const way of ways) {
      await expect(way(body, 'eve')).rejects.toMatchObject(overtaken)
      await expect(way(body, 'eli')).rejects.toMatchObject(nothing)
      await expect(way({ ...body, version: 2 }, 'eve')).rejects.toMatchObject(nothing)
    }
  })

  test('a held change that says nothing in the paused language goes out at its time, another is missed', async () => {
    const desk = await start()
    const first = await desk.publish({ ...urgent, holdSeconds: 0 })
    if (!('entry' in first)) throw new Error('it was held')
    const { id, texts } = first.entry.alert
    const [present = ''] = Object.keys(texts)
    const other = present === 'en' ? 'fa' : 'en'
    const added = { texts: { [other]: { headline: 'Another', summary: '' } } }
    const { seq } = await desk.desk.revise({ kind: 'update', id }, added, newKey(), desk.by('eli'))
    const hold = async (tag: string) => {
      const target = { kind: 'correction', id } as const
      const held = await desk.items.publish(
        target,
        { note: { [tag]: 'Six.' }, holdSeconds: 5 },
        newKey(),
        desk.by('eve'),
      )
      if (!('item' in held)) throw new Error('it was published at once')
      return held.item.id
    }
    const [told, untold] = [await hold(other), await hold(present)]
    await desk.pauses.change(() => ({ languages: [other], topics: [] }), { reason: 'Wait.', by: 'ada', at: desk.at() })
    desk.clock.ms += 6_000
    await desk.items.release()
    expect([await states(desk, told), await states(desk, untold)]).toEqual(['missed', 'published'])
    expect((await desk.entries()).at(-1)).toMatchObject({ seq: seq + 1, kind: 'correction' })
  })

  test.each([
    ['retraction', 'alert-retracted', /^ELI retracted the alert at \S+\. .*no update of it can be sent/, 'update'],
    ['retraction', 'alert-retracted', /^ELI retracted the alert at \S+\. .*already(?!.*new alert)/, 'retraction'],
    ['correction', 'alert-changed', /^ELI corrected the alert at \S+\. .*on version 2/, 'update'],
  ] as const)(
    'what a colleague’s %s came before is refused at its time and says who did what',
    async (kind, code, told, late) => {
      const desk = await start()
      const first = await desk.publish({ ...urgent, holdSeconds: 0 })
      if (!('entry' in first)) throw new Error('it was held')
      const { id } = first.entry.alert
      const said = late === 'update' ? { texts: { en: { headline: 'Talks end early' } } } : { note: { en: 'Wrong.' } }
      const change = { ...said, version: 1, publishAt: desk.at(4) }
      const held = await desk.items.publish({ kind: late, id }, change, newKey(), desk.by('eve'))
      if (!('item' in held)) throw new Error('it was published at once')
      await desk.desk.revise({ kind, id }, { note: { en: 'Wrong.' } }, newKey(), desk.by('eli'))
      desk.clock.ms += 5_000
      await desk.items.release()
      const item = await desk.store.read(held.item.id)
      const refusal = { code, by: 'ELI', detail: expect.stringMatching(told) }
      expect(item).toMatchObject({ state: 'refused', refusal })
      expect(await desk.entries()).toHaveLength(2)
      const explained = { status: 409, code, extensions: { version: 2, changes: [{ kind, by: 'eli' }] } }
      await expect(
        desk.items.publish({ kind: late, id }, { ...said, version: 1 }, newKey(), desk.by('eve')),
      ).rejects.toMatchObject(explained)
      const again = desk.act(held.item.id, { act: 'publish', version: item?.version ?? 0 }, 'eve')
      await expect(again).rejects.toMatchObject(explained)
    },
  )

  test.each([
    ['QUAKE', ['Quake in Herat', 'Strong quake']],
    ['herat  quake', ['Quake in Herat']],
    ['Землетрясение', ['ЗЕМЛЕТРЯСЕНИЕ']],
    ['كابل', ['کابل لرزید']],
    ['istanbul', ['İSTANBUL’DA DEPREM 1999']],
    ['ıstanbul deprem', ['İSTANBUL’DA DEPREM 1999']],
    ['۱۹۹۹', ['İSTANBUL’DA DEPREM 1999']],
    ['seisme', ['Séisme à Téhéran, ٢٠٢٦']],
    ['2026', ['Séisme à Téhéran, ٢٠٢٦']],
    ['%', ['100% sure']],
    ['_', []],
    ["quake' or 1=1", []],
    ['talks', ['Summary only']],
    ['\0', []],
  ])('a search for %s finds drafts by their words, in any language and case', async (text, wanted) => {
    const desk = await start()
    const said: [string, string, string?][] = [
      ['en', 'Quake in Herat'],
      ['en', 'Strong quake'],
      ['ru', 'ЗЕМЛЕТРЯСЕНИЕ'],
      ['fa', 'کابل لرزید'],
      ['en', '100% sure'],
      ['en', 'Summary only', 'The Talks end'],
      ['en', 'İSTANBUL’DA DEPREM 1999'],
      ['fa', 'Séisme à Téhéran, ٢٠٢٦'],
    ]
    for (const [tag, headline, summary = ''] of said) {
      desk.clock.ms += 1_000
      await desk.write({ texts: { [tag]: { headline, summary } } })
    }
    const search = async (limit: number, before?: { changedAt: string; id: string }) =>
      desk.items.list(['draft'], limit, before, text)
    const headlines = (items: readonly { content: { texts?: object | undefined } }[]) =>
      items.map(({ content }) => Object.values(content.texts ?? {})[0].headline).toSorted()
    const whole = await search(50)
    expect([headlines(whole.items), whole.next]).toEqual([wanted, null])
    const first = await search(1)
    const second = first.next === null ? { items: [] } : await search(50, first.next)
    expect(headlines([...first.items, ...second.items])).toEqual(wanted)
  })

  test('what an editor whose key was revoked has set off does not go out by itself', async () => {
    const desk = await start()
    const asked = await desk.publish(urgent)
    if (!('item' in asked)) throw new Error('it was published at once')
    await desk.editors.revoke('eve', desk.at())
    desk.clock.ms += 5_000
    await desk.items.release()
    expect(await states(desk, asked.item.id)).toBe('missed')
    expect(await desk.act(asked.item.id, { act: 'publish' }, 'eli')).toMatchObject({ item: { state: 'held' } })
    desk.clock.ms += 5_000
    await desk.items.release()
    expect(await desk.entries()).toHaveLength(1)
  })

  test('a key that has ended does nothing, and a writer publishes nothing', async () => {
    const desk = await start()
    const item = await desk.write(urgent)
    await desk.editors.revoke('wen', desk.at())
    await expect(desk.write(urgent, 'wen')).rejects.toMatchObject({ status: 401 })
    await expect(desk.act(item.id, { act: 'publish' }, 'wil')).rejects.toMatchObject({ status: 403 })
    const { item: asked } = await desk.act(item.id, { act: 'submit' }, 'wil')
    expect(asked, 'an editor is asked although no rule wants it').toMatchObject({ state: 'awaiting-approval' })
    await expect(desk.act(item.id, { act: 'publish' }, 'wil')).rejects.toMatchObject({ status: 403 })
    expect((await desk.act(item.id, { act: 'approve', hash: item.hash }, 'eve')).item).toMatchObject({ state: 'held' })
  })

  test('a draft may lack everything, also what the newsroom has dropped; it is refused when it is submitted', async () => {
    const desk = await start()
    const empty = await desk.write({})
    await expect(desk.act(empty.id, { act: 'submit' }, 'wil')).rejects.toMatchObject({
      ...{ status: 400, errors: expect.arrayContaining([expect.objectContaining({ pointer: '/level' })]) },
    })
    const dropped = await desk.write({ level: 'urgent', texts: { de: { headline: 'Beben' } } })
    await expect(desk.act(dropped.id, { act: 'submit' }, 'wil')).rejects.toMatchObject({
      errors: [{ pointer: '/texts/de', detail: expect.stringContaining('does not publish') }],
    })
    expect(await states(desk, dropped.id)).toBe('draft')
    const held = await desk.publish({
      ...urgent,
      texts: { ...texts('Talks'), ru: { headline: 'Переговоры', summary: '' } },
    })
    if (!('item' in held)) throw new Error('it was published at once')
    const english = parseNewsroom({ name: 'News', languages: [{ tag: 'en' }], rules: contractRules })
    const smaller = await desk.reopened(english)
    smaller.clock.ms += 5_000
    await smaller.items.release()
    expect(await smaller.entries()).toEqual([])
    expect(await smaller.store.read(held.item.id)).toMatchObject({ state: 'refused', refusal: { code: 'invalid' } })
  })

  test('stricter rules hold for what waits already', async () => {
    const desk = await start()
    const held = await desk.publish(urgent)
    if (!('item' in held)) throw new Error('it was published at once')
    const rules = { levels: { urgent: { approvals: 1 } } }
    const strict = await desk.reopened(parseNewsroom({ name: 'News', languages: [{ tag: 'en' }], rules }))
    strict.clock.ms += 5_000
    await strict.items.release()
    expect(await states(strict, held.item.id)).toBe('awaiting-approval')
    expect(await strict.entries()).toEqual([])
  })

  test('items are listed by state, newest change first and in pages; a deleted one is gone', async () => {
    const desk = await start()
    const ids: string[] = []
    for (let nth = 0; nth < 7; nth += 1) {
      desk.clock.ms += nth % 2
      ids.unshift((await desk.write({ ...urgent, texts: texts(`Draft ${nth}`) })).id)
    }
    const found: string[] = []
    for (let before: { changedAt: string; id: string } | undefined; ; ) {
      const page = await desk.store.list({ states: ['draft'], limit: 3, before })
      found.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (page.length < 3 || last === undefined) break
      before = { changedAt: last.changedAt, id: last.id }
    }
    expect(found).toEqual(ids)
    const [newest = ''] = ids
    await expect(desk.items.delete(newest, 9, desk.by('wil'))).rejects.toMatchObject({ code: 'item-changed' })
    await desk.items.delete(newest, 1, desk.by('wil'))
    await expect(desk.items.read(newest)).rejects.toMatchObject({ status: 404 })
    expect(await desk.store.list({ states: ['draft'], limit: 9 })).toHaveLength(6)
    expect(await desk.store.list({ states: ['held'], limit: 9 })).toEqual([])
  })
}
