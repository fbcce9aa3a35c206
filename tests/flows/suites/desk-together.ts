import { expect, test } from 'vitest'
import { adminKey, ask, english, newKey, publish, revise } from '../../support/processes/service.ts'

type Made = { readonly key: string; readonly editor: { readonly id: string } }

/** What several editors need to know of each other: who has what open, and what went out lately. */
export function deskTogetherTests(url: () => string): void {
  const made = async (name: string) =>
    (await (await ask(url(), 'POST', '/v1/desk/editors', { name, role: 'editor' })).json()) as Made
  const as = ({ key }: { readonly key: string }, method: string, path: string, body?: unknown) =>
    ask(url(), method, path, body, { authorization: `Bearer ${key}`, 'idempotency-key': newKey() })
  const admin = { key: adminKey }

  test('who has an item open is told; it is not changed while an approver reads it, unless an admin ends the lock', async () => {
    const [anna, boris] = [await made('Anna'), await made('Boris')]
    const content = { level: 'urgent', ...english('Dam breaks') }
    const { item } = (await (await as(anna, 'POST', '/v1/desk/items', content)).json()) as { item: { id: string } }
    const path = `/v1/desk/items/${item.id}`
    expect((await as(anna, 'PUT', `${path}/presence`, { doing: 'editing' })).status).toBe(200)
    await as(anna, 'POST', `${path}/submit`, {})
    const entered = await as(boris, 'PUT', `${path}/presence`, { doing: 'approving' })
    expect(await entered.json()).toMatchObject({
      presence: expect.arrayContaining([
        expect.objectContaining({ by: { id: anna.editor.id, name: 'Anna' }, doing: 'editing' }),
        expect.objectContaining({ by: { id: boris.editor.id, name: 'Boris' }, doing: 'approving' }),
      ]),
    })
    const all = (await (await as(anna, 'GET', '/v1/desk/presence')).json()) as { presence: { itemId: string }[] }
    expect(all.presence.filter(({ itemId }) => itemId === item.id)).toHaveLength(2)
    const change = () => as(anna, 'PUT', path, { version: 2, ...content, ...english('Dam holds') })
    const refused = await change()
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { code: 'item-locked', lockedBy: { name: 'Boris' }, lockedUntil: expect.any(String) },
    ])
    expect((await as(boris, 'DELETE', `${path}/lock`)).status).toBe(403)
    expect((await as(admin, 'DELETE', `${path}/lock`)).status).toBe(204)
    expect((await change()).status).toBe(200)
    expect((await as(boris, 'DELETE', `${path}/presence`)).status).toBe(204)
    expect((await as(admin, 'PUT', '/v1/desk/items/nothing/presence', { doing: 'editing' })).status).toBe(404)
    for (const { editor } of [anna, boris]) await ask(url(), 'DELETE', `/v1/desk/editors/${editor.id}`)
  })

  test('a dry run says which languages are missing, and what else went out lately and by whom', async () => {
    const before = (await (
      await ask(url(), 'POST', '/v1/alerts?dryRun=true', { level: 'urgent', ...english('Next') })
    ).json()) as {
      missing: string[]
      lastDay: Record<string, number>
    }
    expect(before.missing).toContain('fa')
    expect(before.missing).not.toContain('en')
    const { alert } = await publish(url(), english('Went out before'))
    await revise(url(), alert.id, 'update', english('Went out after that'))
    const answer = await ask(url(), 'POST', '/v1/alerts?dryRun=true', { level: 'urgent', ...english('Next') })
    const after = (await answer.json()) as { recent: { alertId: string }[]; lastDay: Record<string, number> }
    const mine = after.recent.filter(({ alertId }) => alertId === alert.id)
    expect(mine).toMatchObject([
      { kind: 'update', by: expect.any(String), headline: 'Went out after that', language: 'en', languages: ['en'] },
      { kind: 'alert', headline: 'Went out before' },
    ])
    expect(after.lastDay.en).toBe((before.lastDay.en ?? 0) + 1)
    const own = await ask(url(), 'POST', `/v1/alerts/${alert.id}/update?dryRun=true`, english('Again'))
    expect(((await own.json()) as typeof after).recent.map(({ alertId }) => alertId)).not.toContain(alert.id)
  })
}
