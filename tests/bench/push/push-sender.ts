import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import webPush from 'web-push'
import { makeRecord, nodeSeal, recordBytes, sealWith } from '../../../src/node/push/node-seal.ts'
import { makeSendPush, type SenderSettings } from '../../../src/node/push/push-work.ts'
import { ownSending, pushSending } from '../../../src/node/push/sending/choose-sender.ts'
import type { PushSending } from '../../../src/node/push/sending/push-sending.ts'
import { webPushSeal } from '../../../src/node/push/web-push/web-push-seal.ts'
import type { Seal } from '../../../src/push/crypto/seal.ts'
import { vapidKeysOf } from '../../../src/push/crypto/webcrypto-vapid.ts'
import type { PushMessage } from '../../../src/push/send/send-push.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeInterest, newId, newsroom, pushSecret } from '../../support/push/push-deps.ts'
import { pushHost, type SendOrder, type SendReport } from './push-report.ts'

// One contender: it sends as many messages as it is told and says what they cost it.

const peopleCount = 1_000
const payload = Buffer.alloc(2_048, 0x20)
const pair = webPush.generateVAPIDKeys()
const keys = await vapidKeysOf(pair.publicKey, pair.privateKey)
const subject = 'mailto:desk@news.example'
const people = Array.from({ length: peopleCount }, () =>
  addressOf(`https://${pushHost}/fcm/send/${newId()}`, makeBrowserKeys()),
)
const person = (nth: number) => people[nth % peopleCount] ?? people[0] ?? addressOf('', makeBrowserKeys())

/** Does `act` this many times, so many at once. */
async function times(messages: number, atOnce: number, act: (nth: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < messages) await act(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

/** As web-push's documents show it, many at once: its default agent keeps the connections. */
async function byWebPush({ messages, port }: SendOrder): Promise<void> {
  webPush.setVapidDetails(subject, keys.publicKey, keys.privateKey)
  const text = payload.toString()
  const subscriptions = people.map(({ endpoint, p256dh, auth }) => ({
    endpoint: endpoint.replace(pushHost, `localhost:${port}`),
    keys: { p256dh, auth },
  }))
  await times(messages, 100, async (nth) => {
    const subscription = subscriptions[nth % peopleCount]
    if (subscription !== undefined) await webPush.sendNotification(subscription, text)
  })
}

async function bySender(
  { messages, port, cert }: SendOrder,
  sending: PushSending,
  seal: Seal,
  sealed: Uint8Array | null,
): Promise<void> {
  const connectTo = new Map([[pushHost, { address: '127.0.0.1', port }]])
  const settings: SenderSettings = {
    newsroom,
    // What sends is given below.
    sender: 'own',
    vapidKeys: [keys],
    vapidSubject: subject,
    secret: pushSecret,
    publicUrl: 'https://alerts.example',
    pushHosts: [pushHost],
    connectTo,
    ca: cert,
  }
  const report = (error: unknown): void => {
    throw error
  }
  const { sendPush, close } = makeSendPush(settings, { now: Date.now, newId, report }, sending, seal)
  const rest = {
    sealed,
    ttlSeconds: 3_600,
    urgency: 'high',
    topic: 'a'.repeat(32),
    attempts: 0,
    lookedGone: false,
  } as const
  const subscriptions = people.map((address) => ({
    ...address,
    id: newId(),
    interest: makeInterest(),
    discreet: false,
    vapidKeyId: keys.keyId,
    createdAt: '2026-01-01T00:00:00.000Z',
  }))
  await times(messages, 256, async (nth) => {
    const subscription = subscriptions[nth % peopleCount]
    if (subscription === undefined) return
    const message: PushMessage = { ...rest, subscription, payload }
    const concurrency = sendPush.concurrencyOf(subscription.endpoint)
    await concurrency.acquire()
    const { decision } = await sendPush.deliver(message)
    concurrency.release()
    if (decision.act !== 'accepted') throw new Error(`a push was not accepted: ${JSON.stringify(decision)}`)
  })
  close()
}

/** Seals from records that were made before, each once. */
function preparedSeal(messages: number): Seal {
  const slab = Buffer.alloc(messages * recordBytes)
  for (let nth = 0; nth < messages; nth += 1)
    makeRecord(person(nth), slab.subarray(nth * recordBytes, (nth + 1) * recordBytes))
  let next = 0
  return async (text) => {
    const at = next * recordBytes
    next += 1
    return sealWith(slab.subarray(at, at + recordBytes), text)
  }
}

/** Makes what is to be measured ready; gives the measured part. */
async function workOf(order: SendOrder): Promise<() => Promise<void>> {
  const { how, messages } = order
  if (how === 'web-push') return () => byWebPush(order)
  if (how === 'tocsin') return () => bySender(order, ownSending, nodeSeal, null)
  if (how === 'tocsin-plain') {
    const plain = await pushSending('web-push')
    return () => bySender(order, plain, plain.seal, null)
  }
  if (how === 'send') {
    const sealed = await nodeSeal(payload, person(0))
    return () => bySender(order, ownSending, nodeSeal, sealed)
  }
  if (how === 'tocsin-prepared') {
    const seal = preparedSeal(messages)
    return () => bySender(order, ownSending, seal, null)
  }
  if (how === 'key-agreement') {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const other = createECDH('prime256v1').generateKeys()
    const spki = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), other])
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return () => times(messages, 1, async () => diffieHellman({ privateKey, publicKey }))
  }
  if (how === 'make-record') {
    const record = Buffer.alloc(recordBytes)
    return () => times(messages, 1, async (nth) => makeRecord(person(nth), record))
  }
  const seal = { 'seal-web-push': webPushSeal, 'seal-tocsin': nodeSeal, 'seal-prepared': preparedSeal(messages) }[how]
  return () => times(messages, 1, async (nth) => seal(payload, person(nth)))
}

process.on('message', (order: SendOrder) => void run(order))
process.on('disconnect', () => process.exit(0))

async function run(order: SendOrder): Promise<void> {
  const work = await workOf(order)
  globalThis.gc?.()
  const began = { ms: performance.now(), cpu: process.cpuUsage() }
  await work()
  const { user, system } = process.cpuUsage(began.cpu)
  const report: SendReport = {
    messages: order.messages,
    wallMs: performance.now() - began.ms,
    cpuMicros: user + system,
  }
  process.send?.(report)
}
