import { expect, test } from 'vitest'
import { DeskPush } from '../../../../src/web/desk/account/desk-push.ts'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'

const eve = { id: 'eve', name: 'Eve', role: 'editor' }
const eli = { id: 'eli', name: 'Eli', role: 'editor' }
/** A VAPID key of a newsroom, in base64url. */
const newsroomKey = 'AQID'
type Permission = 'default' | 'denied' | 'granted'

/** A browser that subscribes as it is asked, and a service that answers. */
function rig({
  permission = 'default' as Permission,
  answers = 'granted' as Permission,
  hasPushes = true,
  hasPushService = true,
} = {}) {
  const stored = new Map<string, string>()
  const asked: { path: string; method: string; body?: unknown }[] = []
  const state = {
    permission,
    address: null as ReturnType<typeof makeAddress> | null,
    refusal: null as string | null,
    made: 0,
  }
  function makeAddress(key: ArrayBuffer) {
    state.made += 1
    const endpoint = `https://push.example/${state.made}`
    return {
      options: { applicationServerKey: key },
      toJSON: () => ({ endpoint }),
      async unsubscribe() {
        state.address = null
        return true
      },
    }
  }
  const push = new DeskPush({
    browser: hasPushes
      ? {
          permission: () => state.permission,
          async ask() {
            state.permission = answers
          },
          address: async () => state.address,
          async subscribe(key) {
            if (!hasPushService) throw new Error('Registration failed - push service error')
            state.address = makeAddress(key.buffer)
            return state.address
          },
        }
      : null,
    async ask<Body>(path: string, options: { method?: string; body?: object } = {}) {
      asked.push({ path, method: options.method ?? 'GET', ...(options.body ? { body: options.body } : {}) })
      if (path === '/v1/newsroom') return done({ vapidPublicKey: newsroomKey }) as Answer<Body>
      if (state.refusal !== null && options.method === 'POST')
        return { result: 'refused', problem: { type: '', title: '', status: 400, code: 'x', detail: state.refusal } }
      return done({ id: 'browser-1' }) as Answer<Body>
    },
    storage: {
      getItem: (name) => stored.get(name) ?? null,
      setItem: (name, value) => void stored.set(name, value),
      removeItem: (name) => void stored.delete(name),
    },
    language: 'fa',
  })
  const sent = () => asked.filter(({ path }) => path.startsWith('/v1/desk/notifications'))
  return { push, state, sent, stored }
}
const done = (body: unknown): Answer<unknown> => ({ result: 'done', status: 200, body })

test('turned on, it asks for permission, subscribes with the newsroom’s key and sends the address in the desk’s language', async () => {
  const { push, state, sent } = rig()
  expect([push.state(eve), state.made]).toEqual(['off', 0])
  expect(await push.turn('on', eve)).toBeNull()
  expect([push.state(eve), push.state(eli)]).toEqual(['on', 'off'])
  expect(sent()).toEqual([
    {
      ...{ path: '/v1/desk/notifications', method: 'POST' },
      body: { subscription: { endpoint: 'https://push.example/1' }, language: 'fa', vapidPublicKey: newsroomKey },
    },
  ])
  expect(await push.turn('off', eve)).toBeNull()
  expect([push.state(eve), state.address]).toEqual(['off', null])
  expect(sent().at(-1)).toEqual({ path: '/v1/desk/notifications/browser-1', method: 'DELETE' })
})

test('without permission, without pushes and after a refusal it is not on', async () => {
  const denied = rig({ answers: 'denied' })
  expect([await denied.push.turn('on', eve), denied.push.state(eve), denied.sent()]).toEqual([null, 'denied', []])
  const left = rig({ answers: 'default' })
  expect([await left.push.turn('on', eve), left.push.state(eve), left.sent()]).toEqual(['notices_dismissed', 'off', []])
  const broken = rig({ hasPushService: false })
  expect([await broken.push.turn('on', eve), broken.push.state(eve)]).toEqual(['pushFailed', 'off'])
  const old = rig({ hasPushes: false })
  expect([await old.push.turn('on', eve), old.push.state(eve)]).toEqual([null, 'impossible'])
  const refused = rig()
  refused.state.refusal = 'The endpoint is not known.'
  expect([await refused.push.turn('on', eve), refused.push.state(eve)]).toEqual(['The endpoint is not known.', 'off'])
})

test('who comes back to the desk sends the address again, and a new one where the newsroom has another key', async () => {
  const { push, state, sent } = rig({ permission: 'granted' })
  await push.begin(eve)
  expect(sent(), 'it was not turned on').toEqual([])
  await push.turn('on', eve)
  await push.begin(eve)
  expect([sent().length, state.made]).toEqual([2, 1])
  state.address = {
    ...(state.address as NonNullable<typeof state.address>),
    options: { applicationServerKey: new ArrayBuffer(3) },
  }
  await push.begin(eve)
  expect([sent().length, state.made]).toEqual([3, 2])
})

test('another editor in the same browser is not told what waits for the one before', async () => {
  const { push, state, stored } = rig({ permission: 'granted' })
  await push.turn('on', eve)
  await push.begin(eli)
  expect([state.address, stored.size, push.state(eli), push.state(eve)]).toEqual([null, 0, 'off', 'off'])
})
