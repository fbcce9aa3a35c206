import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { DeskSession } from '../../../../src/web/desk/session/desk-session.ts'
import { setDeskWords, t } from '../../../../src/web/desk/state/desk-words.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const anna = { id: 'anna', name: 'Anna', role: 'editor' }
const done = (body: unknown = null): Answer<unknown> => ({ result: 'done', status: 200, body })
const lost: Answer<unknown> = { result: 'lost' }
const refused = (status: number, detail: string): Answer<unknown> => ({
  result: 'refused',
  problem: { type: 'about:blank', title: '', status, code: 'wrong-key', detail },
})

/** A session whose requests are answered in this order. */
function rig(...answers: Answer<unknown>[]) {
  const told: string[] = []
  const session = new DeskSession({
    ask: ((path: string, { method = 'GET', body }: { method?: string; body?: object } = {}) => {
      told.push(`${method} ${path.slice('/v1/desk/'.length)}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`)
      return Promise.resolve(answers.shift() ?? lost)
    }) as never,
    changed: ({ is }) => told.push(is),
    opened: ({ name }) => told.push(`opened ${name}`),
    ended: () => told.push('ended'),
    say: (words) => told.push(`say ${words}`),
    focusKey: (isWrong) => told.push(isWrong ? 'select key' : 'focus key'),
    focusDesk: (isBack) => told.push(isBack ? 'focus back' : 'focus title'),
  })
  return { session, told: () => told.splice(0) }
}

test('who is signed in goes on; who is not is asked for the key, then taken to the title', async () => {
  const open = rig(done({ editor: anna }))
  await open.session.begin()
  expect([open.told(), open.session.number]).toEqual([['GET session', 'open', 'opened Anna'], 1])

  const asked = rig(refused(401, 'Sign in.'), done(), done({ editor: anna }))
  await asked.session.begin()
  expect(asked.session.state).toEqual({ is: 'asked', error: '' })
  expect(asked.told()).toEqual(['GET session', 'ended', 'asked', 'focus key'])
  await asked.session.signIn(' key ')
  expect(asked.told()).toEqual(['POST session {"key":"key"}', 'GET session', 'open', 'opened Anna', 'focus title'])
})

test('a wrong key is said and selected, and a service that does not answer is told apart', async () => {
  const { session, told } = rig(refused(401, 'Nobody has this key.'), lost)
  await session.signIn('wrong')
  expect(session.state).toEqual({ is: 'asked', error: 'Nobody has this key.' })
  expect(told()).toContain('select key')
  await session.signIn('right')
  expect(session.state).toEqual({ is: 'asked', error: `${t('noService')} ${t('tryAgain')}` })
})

test('one is signed out only where the service has said so', async () => {
  const { session, told } = rig(done({ editor: anna }), lost, refused(403, 'No.'), refused(401, 'Gone.'))
  await session.begin()
  told()
  await session.signOut()
  expect(told()).toEqual(['DELETE session', 'say ', `say ${t('stillSignedIn', { why: t('noAnswerKnown') })}`])
  await session.signOut()
  expect([told().at(-1), session.state.is]).toEqual([`say ${t('stillSignedIn', { why: 'No.' })}`, 'open'])
  await session.signOut()
  expect([session.state.is, told()]).toEqual(['asked', ['DELETE session', 'say ', 'ended', 'asked', 'focus key']])
})

test('who signs in again goes on where they were; another editor begins at the title', async () => {
  const boris = { id: 'boris', name: 'Boris', role: 'editor' }
  for (const [next, focus] of [
    [anna, 'focus back'],
    [boris, 'focus title'],
  ] as const) {
    const { session, told } = rig(done({ editor: anna }), done(), done({ editor: next }))
    await session.begin()
    session.askForKey(t('sessionEnded'))
    told()
    await session.signIn('key')
    expect([next.name, told().at(-1)]).toEqual([next.name, focus])
  }
})

test('without a key nothing is sent, and the page says so itself', async () => {
  const { session, told } = rig()
  await session.signIn('  ')
  expect([told(), session.state]).toEqual([['asked', 'focus key'], { is: 'asked', error: t('keyFirst') }])
})
