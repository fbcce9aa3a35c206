import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { Account } from '../../../../src/web/desk/account/account.ts'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { setDeskWords, t } from '../../../../src/web/desk/state/desk-words.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const anna = { id: 'anna', name: 'Anna', role: 'admin' }
const done = (body: unknown): Answer<unknown> => ({ result: 'done', status: 200, body })
const refused = (status: number, code: string, detail: string): Answer<unknown> => ({
  result: 'refused',
  problem: { type: 'about:blank', title: '', status, code, detail },
})
const lost: Answer<unknown> = { result: 'lost' }
type Options = { readonly method?: string; readonly body?: object; readonly onRetry?: () => void }

/** An account whose reads are answered at once, and whose changes by hand. */
function rig() {
  const asked: string[] = []
  const answers: { readonly answer: (it: Answer<unknown>) => void; readonly options: Options }[] = []
  const focus: string[] = []
  const heldReads: Record<string, ((it: Answer<unknown>) => void)[]> = {}
  let ends = 0
  let asksForKey = 0
  const reads: Record<string, unknown> = {
    '/v1/desk/sessions': { sessions: [] },
    '/v1/desk/editors': {
      editors: [
        { id: 'anna', name: 'Anna', role: 'admin', createdAt: '', lastUsedOn: null },
        { id: 'boris', name: 'Boris', role: 'admin', createdAt: '', lastUsedOn: null },
      ],
    },
    '/v1/desk/webhooks': { webhooks: [] },
    '/v1/desk/dead-letters': { deadLetters: [] },
    '/v1/desk/audit?limit=100': { lines: [] },
  }
  const account = new Account({
    ask: ((path: string, options: Options = {}) => {
      const { method = 'GET' } = options
      const held = heldReads[path]
      if (method === 'GET' && held !== undefined)
        return new Promise((resolve) => held.push(resolve as (typeof held)[0]))
      if (method === 'GET') return Promise.resolve(done(reads[path]))
      asked.push(`${method} ${path}`)
      return new Promise((answer) => answers.push({ answer: answer as (it: Answer<unknown>) => void, options }))
    }) as NonNullable<ConstructorParameters<typeof Account>[0]['ask']>,
    isSignedOut: ({ status }) => {
      if (status === 401) asksForKey += 1
      return status === 401
    },
    changed: () => {},
    focus: (id) => focus.push(id),
    rescue: () => {},
    signedOut: () => {
      ends += 1
    },
  })
  const answer = async (it: Answer<unknown>, isRepeated = false) => {
    const next = answers.shift()
    if (isRepeated) next?.options.onRetry?.()
    next?.answer(it)
    await new Promise((resolve) => setTimeout(resolve))
  }
  /** From now on this is answered by hand. */
  const holdReads = (path: string) => {
    const held: ((it: Answer<unknown>) => void)[] = []
    heldReads[path] = held
    return held
  }
  return { account, asked, answer, focus, reads, holdReads, ended: () => ({ ends, asksForKey }) }
}

test('a key is made once, is shown, is not left by Escape, and is forgotten with the view', async () => {
  const { account, asked, answer, focus } = rig()
  await account.open(anna)
  account.write({ name: 'Sam', role: 'writer' })
  void account.make()
  // Two presses in one moment make one key.
  void account.make()
  expect([asked, account.mayLeave()]).toEqual([['POST /v1/desk/editors'], false])
  await answer(done({ key: 'secret' }))
  expect([account.state.made, focus]).toEqual([{ name: 'Sam', key: 'secret' }, ['made-copy']])
  expect([account.mayLeave(), account.state.note?.words]).toEqual([false, t('copyFirst')])
  account.forgetMade()
  expect([account.state.made, account.mayLeave()]).toEqual([null, true])
  account.close()
  expect(account.state).toMatchObject({ me: null, keys: null, sessions: null, audit: null, made: null })
})

test('whether a key was made is unknown without an answer, and that is said', async () => {
  const { account, answer } = rig()
  await account.open(anna)
  account.write({ name: 'Sam' })
  void account.make()
  await answer(lost)
  expect([account.state.made, account.state.note]).toEqual([
    null,
    { place: 'make', kind: 'error', words: t('madeUnknown') },
  ])
  // What was filled in stays.
  expect(account.state.form.name).toBe('Sam')
})

test('a key is revoked after a question only, and a refusal is told', async () => {
  const { account, asked, answer, focus, reads } = rig()
  await account.open(anna)
  await account.revoke()
  expect(asked).toEqual([])
  account.askToRevoke('boris')
  expect(focus).toEqual(['revoke-leave'])
  account.leave()
  expect([account.state.asking, focus]).toEqual([null, ['revoke-leave', 'revoke-boris']])
  account.askToRevoke('boris')
  void account.revoke()
  await answer(refused(409, 'last-admin', 'This is the last admin.'))
  expect([asked, account.state.note]).toEqual([
    ['DELETE /v1/desk/editors/boris'],
    { place: 'keys', kind: 'error', words: 'This is the last admin.' },
  ])
  account.askToRevoke('boris')
  void account.revoke()
  reads['/v1/desk/editors'] = { editors: [] }
  await answer(done(null))
  expect([account.state.note?.words, account.state.keys, account.state.asking]).toEqual(['Revoked: Boris.', [], null])
})

test('one is told to be signed out everywhere only where that was done', async () => {
  const { account, answer, ended } = rig()
  await account.open(anna)
  void account.endAll()
  await answer(lost)
  expect([ended(), account.state.note?.kind]).toEqual([{ ends: 0, asksForKey: 0 }, 'error'])
  // This session had ended before: the others are as they were.
  void account.endAll()
  await answer(refused(401, 'sign-in', 'Sign in.'))
  expect(ended()).toEqual({ ends: 0, asksForKey: 1 })
  // The answer to the first attempt was lost.
  void account.endAll()
  await answer(refused(401, 'sign-in', 'Sign in.'), true)
  expect(ended()).toEqual({ ends: 1, asksForKey: 1 })
  void account.endAll()
  await answer(done(null))
  expect(ended()).toEqual({ ends: 2, asksForKey: 1 })
})

test('a list that was read before the last act is not shown after it', async () => {
  const { account, answer, reads, holdReads } = rig()
  await account.open(anna)
  const held = holdReads('/v1/desk/editors')
  for (const id of ['anna', 'boris']) {
    account.askToRevoke(id)
    void account.revoke()
    await answer(done(null))
    expect(account.state.note?.kind).toBe('said')
  }
  held[1]?.(done({ editors: [] }))
  held[0]?.(done(reads['/v1/desk/editors']))
  await new Promise((resolve) => setTimeout(resolve))
  expect([held.length, account.state.keys]).toEqual([2, []])
})

test('however much was logged meanwhile, the older lines that were asked for stay', async () => {
  const { account, answer, reads } = rig()
  const lines = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, nth) => ({ id: from - nth }))
  const path = '/v1/desk/audit?limit=100'
  reads[path] = { lines: lines(9, 7), next: '7' }
  reads[`${path}&before=7`] = { lines: lines(6, 4), next: '4' }
  await account.open(anna)
  await account.more()
  const ids = () => account.state.audit?.lines.map(({ id }) => id)
  expect(ids()).toEqual([9, 8, 7, 6, 5, 4])
  Object.assign(reads, {
    [path]: { lines: lines(17, 15), next: '15' },
    [`${path}&before=15`]: { lines: lines(14, 12), next: '12' },
    [`${path}&before=12`]: { lines: lines(11, 9), next: '9' },
  })
  void account.endSession('one')
  await answer(done(null))
  expect([ids(), account.state.audit?.next]).toEqual([lines(17, 4).map(({ id }) => id), '4'])
})

test('an answer that comes after the view was closed shows nothing', async () => {
  const { account, answer } = rig()
  await account.open(anna)
  void account.endSession('one')
  account.close()
  await account.open({ id: 'wanda', name: 'Wanda', role: 'writer' })
  await answer(done(null))
  expect(account.state).toMatchObject({ note: null, keys: null, audit: null, sessions: [] })
})

test('what is no number of days is said at its field, and nothing is asked for', async () => {
  const { account, asked, focus } = rig()
  await account.open(anna)
  account.write({ name: 'Sam', days: '30.5' })
  await account.make()
  expect([asked, focus]).toEqual([[], ['key-days']])
  expect(account.state.mistakes).toEqual([{ place: 'make', pointer: '/expiresAt', detail: t('numberWanted') }])
})
