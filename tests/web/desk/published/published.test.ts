import { expect, test } from 'vitest'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { Published } from '../../../../src/web/desk/published/published.ts'

const at = '2026-03-01T12:00:00.000Z'
const alertOf = (id: string, version = 1) => ({
  ...{ id, version, level: 'urgent', audience: 'public', status: 'live', topics: [], changedAt: at },
  texts: { en: { headline: id, summary: '' } },
})
const done = (body: unknown): Answer<unknown> => ({ result: 'done', status: 200, body })
const listed = (...alerts: object[]) => done({ entries: alerts.map((alert, nth) => ({ seq: 9 - nth, alert })) })
const refused: Answer<unknown> = {
  result: 'refused',
  problem: { type: 'about:blank', title: '', status: 401, code: 'not-signed-in', detail: 'Sign in.' },
}
const delivery = (finishedAt: string | null) => done({ deliveries: [{ seq: 1, finishedAt }] })

/** A list whose requests are answered by hand, and whose waits end by hand. */
function rig() {
  const asked: { readonly path: string; readonly answer: (it: Answer<unknown>) => void }[] = []
  const waits: { readonly ms: number; readonly end: () => void }[] = []
  const said: string[] = []
  let isInUse = false
  const published = new Published({
    ask: ((path: string) => new Promise((answer) => asked.push({ path, answer }))) as never,
    wait: (ms) => new Promise((end) => waits.push({ ms, end })),
    say: (words) => said.push(words),
    isSignedOut: ({ status }) => status === 401,
    changed: () => {},
    isInUse: () => isInUse,
    now: () => 0,
  })
  const settled = () => new Promise((resolve) => setTimeout(resolve))
  const answer = async (...answers: Answer<unknown>[]) => {
    for (const it of answers) asked.shift()?.answer(it)
    await settled()
  }
  const endWait = async () => {
    waits.shift()?.end()
    await settled()
  }
  const use = (to: boolean) => {
    isInUse = to
  }
  return { published, asked, answer, waits, endWait, said, use }
}
const ids = ({ state }: Published) => state.alerts?.map(({ id }) => id) ?? null

test('live and test alerts are read together; of two reads the later one is shown', async () => {
  const { published, asked, answer } = rig()
  void published.refresh()
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/alerts?languages=*&limit=50',
    '/v1/alerts?languages=*&limit=50&audience=test',
  ])
  void published.refresh()
  const [first, second, third, fourth] = asked.splice(0)
  third?.answer(listed(alertOf('later')))
  fourth?.answer(listed(alertOf('test')))
  await answer()
  first?.answer(listed(alertOf('earlier')))
  second?.answer(listed())
  await answer()
  expect(ids(published)).toEqual(['later', 'test'])
})

test('a list that cannot be read stays as it is, and that is said', async () => {
  const { published, answer, said } = rig()
  void published.refresh()
  await answer(listed(alertOf('a')), listed())
  const read = published.refresh()
  await answer(refused, { result: 'lost' })
  expect([(await read)?.status, ids(published), said]).toEqual([401, ['a'], ['listUnread']])
})

test('a careful read that overtakes a whole one does the whole', async () => {
  const { published, asked, answer } = rig()
  void published.refresh()
  void published.refresh({ isInUse: true })
  asked.splice(0, 2)
  await answer(listed(alertOf('a')), listed())
  expect(ids(published)).toEqual(['a'])
})

test('what came while somebody worked in the list comes in when they leave it', async () => {
  const { published, asked, answer, use } = rig()
  void published.refresh()
  await answer(listed(alertOf('a')), listed())
  use(true)
  void published.refresh({ isInUse: true })
  await answer(listed(alertOf('b'), alertOf('a')), listed())
  expect(ids(published)).toEqual(['a'])
  published.catchUp()
  expect(asked).toEqual([])
  use(false)
  published.catchUp()
  await answer(listed(alertOf('b'), alertOf('a')), listed())
  expect(ids(published)).toEqual(['b', 'a'])
  published.catchUp()
  expect(asked).toEqual([])
})

test('deliveries are asked for with growing pauses until all is done, and no more once nobody looks', async () => {
  const { published, asked, answer, waits, endWait } = rig()
  void published.refresh()
  await answer(listed(alertOf('a')), listed())
  published.look('a', true)
  expect(published.state.watched).toEqual({ a: 'asking' })
  await answer(delivery(null))
  await endWait()
  // No answer: unknown, and asked again.
  await answer({ result: 'lost' })
  expect([published.state.watched.a, waits.map(({ ms }) => ms)]).toEqual([null, [1_500]])
  await endWait()
  await answer(delivery(at))
  expect([waits, asked]).toEqual([[], []])
  // A change of the alert asks anew.
  void published.refresh()
  await answer(listed(alertOf('a', 2)), listed())
  expect(asked.map(({ path }) => path)).toEqual(['/v1/alerts/a/delivery'])
  published.look('a', false)
  await answer(delivery(null))
  expect([published.state.watched, waits]).toEqual([{}, []])
})
