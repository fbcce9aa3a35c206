import { expect, test } from 'vitest'
import { webhookAudiences, webhookEvents, webhookStates } from '../../../../../src/desk/webhooks/webhook.ts'
import { english } from '../../../../../src/locales/locales.ts'
import { Account } from '../../../../../src/web/desk/account/account.ts'
import {
  hookAudiences,
  hookEvents,
  newHookBody,
  noHooks,
  withEvent,
  withNewestLetters,
  withOlderLetters,
} from '../../../../../src/web/desk/account/webhooks/webhooks-state.ts'
import type { Answer } from '../../../../../src/web/desk/desk-api.ts'
import { setDeskWords, t } from '../../../../../src/web/desk/state/desk-words.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const done = (body: unknown): Answer<unknown> => ({ result: 'done', status: 200, body })
const lost: Answer<unknown> = { result: 'lost' }
const refused = (status: number, detail: string, errors: readonly object[] = []): Answer<unknown> => ({
  result: 'refused',
  problem: { type: 'about:blank', title: '', status, code: 'invalid', detail, errors: errors as never },
})
const cms = { id: 'cms', name: 'CMS', url: 'https://cms.example/in', events: ['alarm'], audience: 'public' }
const letter = (id: string) => ({
  id,
  webhookId: 'cms',
  event: 'alarm',
  at: '',
  diedAt: '',
  attempts: 12,
  detail: '503',
})

/** The view of an admin, whose reads are answered at once, and whose changes in this order. */
async function rig(...answers: Answer<unknown>[]) {
  const asked: string[] = []
  const focus: string[] = []
  const reads: Record<string, unknown> = {
    '/v1/desk/sessions': { sessions: [] },
    '/v1/desk/editors': { editors: [] },
    '/v1/desk/audit?limit=100': { lines: [] },
    '/v1/desk/webhooks': { webhooks: [cms] },
    '/v1/desk/dead-letters': { deadLetters: [letter('b'), letter('a')], next: 'a' },
  }
  const account = new Account({
    ask: ((path: string, { method = 'GET', body }: { method?: string; body?: object } = {}) => {
      if (method === 'GET' && Object.hasOwn(reads, path)) return Promise.resolve(done(reads[path]))
      asked.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`)
      return Promise.resolve(answers.shift() ?? lost)
    }) as never,
    isSignedOut: ({ status }) => status === 401,
    changed: () => {},
    focus: (id) => focus.push(id),
    rescue: () => {},
    signedOut: () => {},
  })
  await account.open({ id: 'anna', name: 'Anna', role: 'admin' })
  return { account, hooks: account.hooks, state: () => account.state.hooks, asked, focus, reads }
}

test('the page knows every event and audience of the service, and has words for each', () => {
  expect([hookEvents, hookAudiences]).toEqual([webhookEvents, webhookAudiences])
  const words = [
    ...webhookEvents.map((event) => `event_${event}`),
    ...webhookAudiences.map((audience) => `hookAudience_${audience}`),
    ...webhookStates.map((state) => `hook_${state}`),
  ]
  expect(words.filter((word) => !Object.hasOwn(english.desk, word))).toEqual([])
})

test('events are chosen one by one and stay in their order; a form says what it holds', () => {
  const fewer = withEvent(withEvent(noHooks.form, 'alarm', false), 'alert.published', false)
  expect(fewer.events).toEqual(webhookEvents.filter((event) => event !== 'alarm' && event !== 'alert.published'))
  expect(withEvent(fewer, 'alert.published', true).events.slice(0, 2)).toEqual(webhookEvents.slice(0, 2))
  expect(newHookBody({ ...fewer, name: ' CMS ', url: ' https://cms.example ', events: ['alarm'] })).toEqual({
    ...{ name: 'CMS', url: 'https://cms.example', events: ['alarm'], audience: 'public' },
  })
})

test('a secret is shown once, is not left by Escape, and is forgotten with the view', async () => {
  const { account, hooks, state, focus } = await rig(done({ webhook: cms, secret: 'whsec_x' }))
  hooks.write({ name: 'CMS', url: cms.url })
  await hooks.add()
  expect([state().made, state().form.name, focus]).toEqual([
    { name: 'CMS', secret: 'whsec_x', isNext: false },
    '',
    ['secret-copy'],
  ])
  expect([account.mayLeave(), account.state.note?.words, focus.at(-1)]).toEqual([
    false,
    t('secretFirst'),
    'secret-copy',
  ])
  hooks.forgetMade()
  expect([state().made, account.mayLeave(), focus.at(-1)]).toEqual([null, true, 'hook-name'])
  account.close()
  expect(account.state.hooks).toEqual(noHooks)
})

test('a refusal stands at its field, and a lost answer says that there may be a webhook', async () => {
  const { account, hooks, state } = await rig(
    refused(400, 'The webhook cannot be taken.', [{ pointer: '/url', detail: 'An https address is wanted.' }]),
    lost,
  )
  hooks.write({ name: 'CMS', url: 'ftp://x' })
  await hooks.add()
  expect(account.state.mistakes).toEqual([{ pointer: '/url', detail: 'An https address is wanted.', place: 'hook' }])
  expect(account.state.note?.words).toBe('')
  hooks.write({ url: cms.url })
  expect(account.state.mistakes).toEqual([])
  await hooks.add()
  expect([account.state.note?.words, state().form.name]).toEqual([t('hookUnknown'), 'CMS'])
})

test('a webhook is paused as it is, tested, and deleted after a question only', async () => {
  const { account, hooks, state, asked, reads } = await rig(
    done({}),
    done({ accepted: false, status: 503 }),
    done({ accepted: false, reason: 'no answer in time' }),
    done(null),
  )
  await hooks.turn('cms', 'paused')
  expect(account.state.note?.words).toBe(t('hookTurned_paused', { name: 'CMS' }))
  await hooks.test('cms')
  expect(account.state.note).toMatchObject({ kind: 'error', words: t('hookTestRefused', { name: 'CMS', status: 503 }) })
  await hooks.test('cms')
  expect(account.state.note?.words).toContain('no answer in time')
  await hooks.remove()
  hooks.askToDelete('cms')
  hooks.leave()
  await hooks.remove()
  hooks.askToDelete('cms')
  reads['/v1/desk/webhooks'] = { webhooks: [] }
  await hooks.remove()
  const { id: _, ...body } = cms
  expect(asked).toEqual([
    `PUT /v1/desk/webhooks/cms ${JSON.stringify({ ...body, state: 'paused' })}`,
    'POST /v1/desk/webhooks/cms/test',
    'POST /v1/desk/webhooks/cms/test',
    'DELETE /v1/desk/webhooks/cms',
  ])
  expect([state().webhooks, state().asking]).toEqual([[], null])
})

test('dead letters are sent again one by one or all, and older ones are shown after them', async () => {
  const older = { deadLetters: [letter('a'), letter('0')] }
  const { account, hooks, state, asked } = await rig(done(older), done({ replayed: 1 }), done({ replayed: 1_234 }))
  await hooks.more()
  expect([state().dead?.deadLetters.map(({ id }) => id), state().dead?.next]).toEqual([['b', 'a', '0'], undefined])
  await hooks.sendAgain('b')
  await hooks.sendAllAgain()
  expect(asked).toEqual([
    'GET /v1/desk/dead-letters?before=a',
    'POST /v1/desk/dead-letters/b/replay',
    'POST /v1/desk/dead-letters/replay {}',
  ])
  expect(account.state.note?.words).toBe('Sent again: 1,234.')
  expect(withOlderLetters({ dead: null }, older as never).deadLetters).toHaveLength(2)
})

test('older dead letters stay when the newest are read again, without those that were sent again', async () => {
  const more = { deadLetters: [letter('0'), letter('z'), letter('y')], next: 'y' }
  const gone = refused(404, 'There is no dead letter with this id.')
  const notThere = { ...gone, problem: { ...(gone as { problem: object }).problem, code: 'no-such-message' } }
  const { hooks, state, reads } = await rig(
    ...[done(more), done({ replayed: 1 }), notThere as never, done({ accepted: true, status: 204 })],
    ...[done({}), lost, done({ replayed: 1 }), done({ replayed: 3 })],
  )
  const ids = () => state().dead?.deadLetters.map(({ id }) => id)
  await hooks.more()
  expect(ids()).toEqual(['b', 'a', '0', 'z', 'y'])
  await hooks.sendAgain('z')
  expect([ids(), state().dead?.next]).toEqual([['b', 'a', '0', 'y'], 'y'])
  // Somebody else sent it again.
  await hooks.sendAgain('0')
  expect(ids()).toEqual(['b', 'a', 'y'])
  // What is done with a webhook reads them again too; a new one comes before.
  await hooks.test('cms')
  reads['/v1/desk/dead-letters'] = { deadLetters: [letter('c'), letter('b')], next: 'b' }
  await hooks.turn('cms', 'paused')
  expect(ids()).toEqual(['c', 'b', 'a', 'y'])
  // Nothing is known of one whose answer was lost.
  await hooks.sendAgain('y')
  expect(ids()).toEqual(['c', 'b', 'a', 'y'])
  // One of the newest was sent again: the page ends with another.
  reads['/v1/desk/dead-letters'] = { deadLetters: [letter('c'), letter('a')], next: 'a' }
  await hooks.sendAgain('b')
  expect([ids(), state().dead?.next]).toEqual([['c', 'a', 'y'], 'y'])
  reads['/v1/desk/dead-letters'] = { deadLetters: [letter('c'), letter('a')], next: 'a' }
  await hooks.sendAllAgain()
  expect([ids(), state().dead?.next]).toEqual([['c', 'a'], 'a'])
})

test('so many dead letters that none of the shown is among the newest begin the list anew; the last page is the whole', () => {
  const page = (names: string, next?: string) => ({
    deadLetters: [...names].map(letter),
    ...(next === undefined ? {} : { next }),
  })
  const after = (shown: string, names: string, next?: string) =>
    withNewestLetters({ dead: page(shown, 'e') as never }, page(names, next) as never)
  expect(after('edc', 'hgf', 'f')).toEqual(page('hgf', 'f'))
  expect(after('edc', 'hg')).toEqual(page('hg'))
  expect(after('edc', '')).toEqual(page(''))
  expect(after('edc', 'fe', 'e')).toEqual(page('fedc', 'e'))
  expect(withNewestLetters({ dead: null }, page('hg', 'g') as never)).toEqual(page('hg', 'g'))
})

test('who is no admin asks for no webhooks', async () => {
  const { account, state } = await rig()
  await account.open({ id: 'boris', name: 'Boris', role: 'editor' })
  expect([state().webhooks, state().dead]).toEqual([null, null])
})
