import { expect, test } from 'vitest'
import type { DeskDelivery } from '../../../src/desk/delivery-schema.ts'
import { adminKey, ask, english, newKey, publish, revise } from '../../support/processes/service.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

type Told = { readonly event: string; readonly id: string; readonly data: Record<string, unknown> }

/** A desk's event stream, read as the HTML standard says. */
async function openEvents(url: string, headers: Readonly<Record<string, string>> = {}) {
  const stop = new AbortController()
  const answer = await fetch(new URL('/v1/desk/events', url), {
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    signal: stop.signal,
  })
  const told: Told[] = []
  let state: 'open' | 'ended' = 'open'
  const reading = (async () => {
    let text = ''
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk)
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
        if (field('event') !== '')
          told.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) })
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      state = 'ended'
    })
  const close = () => {
    stop.abort()
    return reading
  }
  return { answer, told, isEnded: () => state === 'ended', close }
}

/** What the desk is told as it happens, and what it missed. */
export function deskEventTests(url: () => string): void {
  const post = (path: string, body: unknown) => ask(url(), 'POST', path, body, { 'idempotency-key': newKey() })
  const draftedId = async (headline: string) =>
    ((await (await post('/v1/desk/items', english(headline))).json()) as { item: { id: string } }).item.id
  const itemIds = (told: readonly Told[]) =>
    told.flatMap(({ data }) =>
      ((data.items as readonly { id: string; state: string }[]) ?? []).map(({ id, state }) => `${id} ${state}`),
    )

  test('the desk’s stream tells of items, pauses and deliveries; after a break, of what was missed', async () => {
    const { answer, told, close } = await openEvents(url())
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching('text/event-stream'),
    ])
    await expect.poll(() => told.map(({ event }) => event)).toContain('pause')
    const draft = { id: await draftedId('A draft') }
    await expect.poll(() => itemIds(told), { timeout: 10_000 }).toContain(`${draft.id} draft`)
    await ask(url(), 'POST', '/v1/desk/pause', { languages: ['uk'], reason: 'To be seen.' })
    await expect
      .poll(() => told.filter(({ event }) => event === 'pause').map(({ data }) => data.pause), { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ languages: ['uk'], reason: 'To be seen.' }))
    await ask(url(), 'POST', '/v1/desk/resume', { reason: 'Seen.' })
    const published = (await (await post('/v1/alerts', { level: 'routine', ...english('Seen') })).json()) as {
      alert: { id: string }
    }
    await expect
      .poll(() => told.filter(({ event }) => event === 'delivery').map(({ data }) => data.alertId), { timeout: 10_000 })
      .toContain(published.alert.id)
    const seen = told.findLast(({ id }) => id !== '')?.id ?? ''
    await close()
    await post(`/v1/desk/items/${draft.id}/cancel`, {})
    const other = ((await (await post('/v1/desk/items', {})).json()) as { item: { id: string } }).item
    await ask(url(), 'DELETE', `/v1/desk/items/${draft.id}`)
    const again = await openEvents(url(), { 'last-event-id': seen })
    await expect.poll(() => [...new Set(itemIds(again.told))], { timeout: 10_000 }).toEqual([`${other.id} draft`])
    // What came between two looks may be told twice.
    expect(new Set(again.told.flatMap(({ data }) => data.deleted ?? []))).toEqual(new Set([draft.id]))
    await again.close()
    const ahead = await openEvents(url(), { 'last-event-id': '999999999' })
    await expect.poll(() => ahead.told.map(({ event }) => event), { timeout: 10_000 }).toContain('reset')
    await ahead.close()
  })

  test('a delivery says what a change was, whose, and to how many open streams it was written, by language; the desk’s stream tells it too', async () => {
    const { told, close } = await openEvents(url())
    await expect.poll(() => told.map(({ event }) => event)).toContain('pause')
    const listeners = await Promise.all(['uk', 'uk', 'uz'].map((tag) => listenRaw(url(), `?languages=${tag}`)))
    for (const listener of listeners) await listener.frame(({ type }) => type === 'welcome')
    const texts = { uk: { headline: 'Новина', summary: '' }, uz: { headline: 'Yangilik', summary: '' } }
    const { alert } = await publish(url(), { level: 'routine', texts })
    const deliveries = async () => {
      const answer = await ask(url(), 'GET', `/v1/alerts/${alert.id}/delivery`)
      return ((await answer.json()) as { deliveries: DeskDelivery[] }).deliveries
    }
    const languages = { uk: 2, uz: 1 }
    const asTold = () => told.filter(({ data }) => data.alertId === alert.id).map(({ data }) => data.deliveries)
    await expect
      .poll(async () => (await deliveries())[0]?.streams?.byLanguage, { timeout: 10_000 })
      .toMatchObject(languages)
    await expect
      .poll(() => asTold().at(-1), { timeout: 10_000 })
      .toMatchObject([{ streams: { byLanguage: languages, atLeast: false } }])
    // In a language that a change does not touch nobody is written to.
    await revise(url(), alert.id, 'correction', { note: { uz: 'Xato edi.' } })
    await expect
      .poll(async () => (await deliveries())[1]?.streams, { timeout: 10_000 })
      .toMatchObject({ byLanguage: { uz: 1 }, atLeast: false })
    expect((await deliveries())[1]?.streams?.byLanguage.uk).toBeUndefined()
    const whose = (all: readonly DeskDelivery[] = []) => all.map(({ kind, by }) => [kind, by])
    const changes = [
      ['alert', 'First admin'],
      ['correction', 'First admin'],
    ]
    expect(whose(await deliveries())).toEqual(changes)
    await expect.poll(() => whose(asTold().at(-1) as DeskDelivery[] | undefined), { timeout: 10_000 }).toEqual(changes)
    for (const listener of listeners) await hangUp(listener)
    await close()
  })

  test('the desk’s stream needs a key, and ends when it is revoked', async () => {
    const nobody = await openEvents(url(), { authorization: 'Bearer nobody' })
    expect(nobody.answer.status).toBe(401)
    await nobody.close()
    const made = (await (await ask(url(), 'POST', '/v1/desk/editors', { name: 'Wil', role: 'writer' })).json()) as {
      key: string
      editor: { id: string }
    }
    const stream = await openEvents(url(), { authorization: `Bearer ${made.key}` })
    expect(stream.answer.status).toBe(200)
    // Items that keep coming must not keep it from seeing that: it tells nothing that came after the end of its key.
    const before = await draftedId('Before')
    await expect.poll(() => itemIds(stream.told), { timeout: 20_000 }).toContain(`${before} draft`)
    await ask(url(), 'DELETE', `/v1/desk/editors/${made.editor.id}`)
    for (let nth = 0; nth < 10; nth += 1) await draftedId(`After ${nth}`)
    await expect.poll(() => stream.isEnded(), { timeout: 20_000 }).toBe(true)
    expect(itemIds(stream.told).at(-1)).toBe(`${before} draft`)
  })
}
