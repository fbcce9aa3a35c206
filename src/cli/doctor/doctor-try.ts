import type { Delivery } from '../../desk/delivery-schema.ts'
import { counted, plural } from '../../domain/plural.ts'
import { ask, errorMessage, pause, Refused, type Service, sendIdempotent } from '../service-client.ts'
import type { Finding, Newsroom } from './doctor-basics.ts'

const endMsMax = 20_000
const pollMs = 250
/** The longest hold that is waited for. */
const holdMsMax = 15_000
const what = 'A test alert reaches the devices that are subscribed to test alerts'
const devicesWanted =
  'Subscribe a device of yours to test alerts: POST /v1/subscriptions?audience=test with an editor’s key.'

/**
 * Publishes a test alert and waits for what the push services say: the whole way, from the log to a phone. The test
 * audience and the public never mix, so no reader sees it.
 */
export async function tryPush(service: Service, newsroom: Newsroom, stop: AbortSignal): Promise<Finding> {
  if (service.key === undefined)
    return { state: 'doubt', what, why: 'There is no key, so none was sent.', mend: 'Give one: export TOCSIN_KEY=…' }
  try {
    const id = await publishTest(service, newsroom, stop)
    if (id === null)
      return { state: 'doubt', what, why: 'It waits at the desk.', mend: 'Let it go there, and look at its delivery.' }
    return judged(await deliveryOf(service, id, stop))
  } catch (error) {
    if (stop.aborted) throw error
    const isPaused = error instanceof Refused && error.problem?.code === 'paused'
    const mend = isPaused ? 'Resume at the desk, then look again.' : 'Use an editor’s key; else look into the log.'
    return { state: isPaused ? 'doubt' : 'fault', what, why: errorMessage(error), mend }
  }
}

async function publishTest(service: Service, newsroom: Newsroom, signal: AbortSignal): Promise<string | null> {
  const text = { headline: 'Test', summary: 'Sent by tocsin doctor.' }
  const texts = Object.fromEntries((newsroom.languages ?? []).map(({ tag }) => [tag, text]))
  const { body } = await sendIdempotent(
    service,
    { method: 'POST', path: 'v1/alerts', body: { level: 'urgent', audience: 'test', texts }, signal },
    {
      idempotencyKey: crypto.randomUUID(),
      onRetry: () => undefined,
      lost: 'Whether the test alert was published is not known.',
    },
  )
  const { alert, item } = Object(body) as {
    alert?: { id?: string }
    item?: { state?: string; alertId?: string; releaseAt?: string | null }
  }
  if (item?.state !== 'held' || typeof item.releaseAt !== 'string') return alert?.id ?? null
  // The newsroom's rules hold it for some seconds.
  const heldMs = Date.parse(item.releaseAt) - Date.now()
  if (!(heldMs <= holdMsMax)) return null
  await pause(Math.max(0, heldMs), signal)
  return item.alertId ?? null
}

/** The delivery once it is finished, or as far as it is after 20 s; null when it was not even begun. */
async function deliveryOf(service: Service, id: string, signal: AbortSignal): Promise<Delivery | null> {
  const endMs = performance.now() + endMsMax
  for (;;) {
    const body = await readDelivery(service, id, signal)
    const [delivery = null] = (Object(body) as { deliveries?: readonly Delivery[] }).deliveries ?? []
    if ((delivery !== null && delivery.finishedAt !== null) || performance.now() > endMs) return delivery
    await pause(pollMs, signal)
  }
}

/** Null: it is not out yet. */
async function readDelivery(service: Service, id: string, signal: AbortSignal): Promise<unknown> {
  try {
    return (await ask(service, { path: `v1/alerts/${encodeURIComponent(id)}/delivery`, signal })).body
  } catch (error) {
    if (error instanceof Refused && error.problem?.code === 'no-such-alert') return null
    throw error
  }
}

function judged(delivery: Delivery | null): Finding {
  const seconds = endMsMax / 1_000
  if (delivery === null)
    return { state: 'fault', what, why: `No push of it was begun in ${seconds} s.`, mend: 'Look into the log.' }
  const { due, accepted, gone, failed, waiting, percentiles } = delivery
  if (due === 0) return { state: 'doubt', what, why: 'No device is subscribed to test alerts.', mend: devicesWanted }
  if (accepted === due)
    return { state: 'good', what: `${what}: ${accepted} of ${due} accepted, half within ${percentiles?.p50 ?? '?'} s` }
  if (gone + accepted === due)
    return {
      state: 'doubt',
      what,
      why: `${accepted} of ${due} accepted; ${gone} ${plural(gone, 'has', 'have')} left.`,
      mend: devicesWanted,
    }
  const why = `After ${seconds} s at most, of ${counted(due, 'push', 'pushes')} ${accepted} ${plural(accepted, 'was', 'were')} accepted, ${failed} failed, ${gone} ${plural(gone, 'has', 'have')} left and ${waiting} ${plural(waiting, 'waits', 'wait')}.`
  return { state: 'fault', what, why, mend: 'The alarms below say what the push services answered; so does the log.' }
}
