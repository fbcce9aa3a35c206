import { afterAll, expect, test } from 'vitest'
import type { ServiceRoom } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning(afterAll)
const database = openDatabase(clean, await freshDatabase(clean))
const [people, slow, other] = [12, 'slow.example', 'other.example']
await generateSubscriptions(database, people)
await database.once(
  'update tocsin.subscriptions set host = case when row_id <= $1 then $2 else $3 end',
  people / 2,
  slow,
  other,
)

test('of pushes that are due again, a claim takes what each service has room for, and all of those that it knows nothing of', async () => {
  const address = { endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }
  const outbox = new PostgresOutbox({
    ...{ database, addressEncryption: { decrypt: async () => address }, pauses: { current: async () => null } },
    ...{ now: Date.now, newId, owner: 'a', report() {} },
  })
  await outbox.open(makeEntry(1, makeAlert(Date.now())))
  const fresh = await outbox.claim(people)
  if (fresh === null) throw new Error('there is work')
  const again = fresh.due.map(({ subscription: { id }, ...rest }) => ({ ...rest, subscriptionId: id }))
  await outbox.settle(
    fresh,
    again.map((it) => ({ ...it, result: 'again', notBeforeMs: 0 })),
  )
  const claim = async (limit: number, rooms?: readonly ServiceRoom[]) => {
    const ids = (await outbox.claim(limit, 'routine', rooms))?.due.map(({ subscription }) => subscription.id) ?? []
    const rows = await database.all<{ host: string; size: number }>(
      'select host, count(*) as size from tocsin.subscriptions where id = any($1::uuid[]) group by 1 order by 1',
      ids,
    )
    return rows.map(({ host, size }) => `${size} ${host}`)
  }
  expect(await claim(people, [{ host: slow, pushes: 2 }])).toEqual([`6 ${other}`, `2 ${slow}`])
  expect(await claim(people, [{ host: slow, pushes: 0 }])).toEqual([])
  expect(await claim(3)).toEqual([`3 ${slow}`])
  expect(await claim(people, [{ host: slow, pushes: 50 }])).toEqual([`1 ${slow}`])
})
