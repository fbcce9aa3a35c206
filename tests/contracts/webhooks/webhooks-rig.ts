import { createHmac } from 'node:crypto'
import { WebhookDispatcher } from '../../../src/desk/webhooks/dispatcher.ts'
import type { WebhookAnswer, WebhookOutbox, WebhookSend } from '../../../src/desk/webhooks/webhook-outbox.ts'
import type { DeadLetterStore, WebhookStore } from '../../../src/desk/webhooks/webhook-store.ts'
import { Webhooks } from '../../../src/desk/webhooks/webhooks.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { TextEncryption } from '../../../src/push/crypto/text-encryption.ts'
import { newId, pushSecret } from '../../support/push/push-deps.ts'
import { type ItemStoresRig, newKey, openDesk } from '../items/items-rig.ts'

/** The stores under test, on one database. */
export type WebhookStoresRig = Omit<ItemStoresRig, 'reopen'> & {
  readonly webhooks: WebhookStore & DeadLetterStore
  readonly outbox: WebhookOutbox
  reopen(): Promise<WebhookStoresRig>
}

/** A flash needs an approval; nothing else is waited for. */
const newsroom = parseNewsroom({
  name: 'News',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 10 }, urgent: { holdSeconds: 0 } } },
})

/** A message as its receiver got it. */
export type Received = {
  readonly url: string
  readonly id: string
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** The desk with webhooks, and receivers that answer as the test says: by address, else 204. */
export async function openWebhooks(open: () => Promise<WebhookStoresRig>) {
  const opened: WebhookStoresRig[] = []
  const remembering = async () => {
    const stores = await open()
    opened.push(stores)
    return stores
  }
  const desk = await openDesk(remembering, newsroom)
  const [stores] = opened
  if (stores === undefined) throw new Error('stores were opened')
  return webhooksOn(desk, stores)
}

function webhooksOn(desk: Awaited<ReturnType<typeof openDesk>>, stores: WebhookStoresRig) {
  const received: Received[] = []
  const answers = new Map<string, WebhookAnswer | Promise<WebhookAnswer>>()
  const send: WebhookSend = async ({ url, headers, body }) => {
    received.push({ url, id: headers['webhook-id'] ?? '', body: JSON.parse(body ?? ''), text: body ?? '', headers })
    return answers.get(url) ?? answered(204)
  }
  const now = () => desk.clock.ms
  const cipher = new TextEncryption(pushSecret, 'webhook')
  /** What the operator allows, and entries that the log has lost, as the test says. */
  const localHosts: string[] = []
  const lost = new Set<number>()
  const common = { cipher, send, localHosts, now, newId }
  const gaveUp: string[] = []
  const alarms: { kind: string; detail: string; at: string }[] = []
  const makeDispatcher = () =>
    new WebhookDispatcher({
      ...{ outbox: stores.outbox, ...common, random: () => 1, alarms: async () => alarms },
      log: {
        entryAt: async (seq) => (lost.has(seq) ? null : ((await stores.log.after(seq - 1, 1))[0] ?? null)),
        epoch: async () => (await stores.log.bounds()).epoch,
      },
      gaveUp: (detail) => gaveUp.push(detail),
      report(error) {
        throw error
      },
    })
  const dispatcher = makeDispatcher()
  const admin = new Webhooks({ webhooks: stores.webhooks, audit: stores.audit, ...common })
  return {
    ...{ desk, stores, admin, dispatcher, makeDispatcher, received, answers, gaveUp, alarms, newsroom },
    ...{ localHosts, lost },
    ada: desk.by('ada'),
    make: (more: object = {}) => admin.make({ name: 'CMS', url: 'https://cms.example/in', ...more }, desk.by('ada')),
    publish: (headline = 'Quake', more: object = {}) =>
      desk.publish({ level: 'urgent', texts: { en: { headline } }, ...more }, 'eve', newKey()),
    /** Sends all that is due now, and waits for it. */
    async sendDue(by = dispatcher) {
      for (;;) {
        const before = received.length
        await by.begin()
        await by.settled()
        if (received.length === before) return
      }
    },
    /** A crash, and a new start on what it left. */
    async reopened() {
      return webhooksOn(desk, await stores.reopen())
    },
  }
}

export const answered = (status: number, retryAfter: string | null = null): WebhookAnswer => ({
  ...{ kind: 'answered', status, retryAfter },
})

/** Whether a message is signed with a secret, as Standard Webhooks says; by Node's own HMAC. */
export function isSignedWith(secret: string, { headers, text }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  const wanted = `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  return (headers['webhook-signature'] ?? '').split(' ').includes(wanted)
}
