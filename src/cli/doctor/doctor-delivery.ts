import type { Delivery } from '../../desk/delivery-schema.ts'
import { counted, plural } from '../../domain/plural.ts'
import { ask, errorMessage, Refused, type Service } from '../service-client.ts'
import type { Finding } from './doctor-basics.ts'

const what = 'The pushes of the newest alert were accepted'
const failedShareMax = 0.05
/** A delivery that is younger may still be under way. */
const waitMsMax = 10 * 60_000
const lookAt =
  'Look at the alarms below and into the log: what the push services answered is there. Then publish an update.'

/** How the last alert's pushes went: what failed then will fail again. */
export async function checkLastDelivery(service: Service, signal: AbortSignal): Promise<Finding[]> {
  if (service.key === undefined) return []
  try {
    const { body } = await ask(service, { path: 'v1/alerts?limit=1', signal })
    const { entries } = Object(body) as { entries?: readonly { readonly alert?: { readonly id?: unknown } }[] }
    const id = entries?.at(-1)?.alert?.id
    if (typeof id !== 'string')
      return [{ state: 'good', what: 'No alert was published yet, so no push can have failed' }]
    const { deliveries } = Object(
      (await ask(service, { path: `v1/alerts/${encodeURIComponent(id)}/delivery`, signal })).body,
    ) as { deliveries?: readonly Delivery[] }
    const last = deliveries?.reduce<Delivery | undefined>((one, it) => (one && one.seq > it.seq ? one : it), undefined)
    return last === undefined ? [] : [judged(last)]
  } catch (error) {
    // An invalid key, or one without the right, is a finding of another check.
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) return []
    return [
      {
        state: 'doubt',
        what,
        why: `It could not be seen: ${errorMessage(error)}`,
        mend: 'Look into the service’s log.',
      },
    ]
  }
}

function judged({ due, accepted, gone, failed, waiting, startedAt }: Delivery): Finding {
  if (due === 0) return { state: 'good', what: `${what} (nobody is subscribed to it)` }
  const figures = `Of ${counted(due, 'push', 'pushes')} of the newest alert ${accepted} ${plural(accepted, 'was', 'were')} accepted, ${failed} failed, ${counted(gone, 'reader has', 'readers have')} left, ${waiting} ${plural(waiting, 'waits', 'wait')}.`
  const isOld = startedAt !== null && Date.now() - Date.parse(startedAt) > waitMsMax
  if (accepted === 0 && failed > 0) return { state: 'fault', what, why: figures, mend: lookAt }
  if (waiting > 0 && isOld)
    return {
      state: accepted === 0 ? 'fault' : 'doubt',
      what,
      why: figures,
      mend: 'Is a push service down, or the kill switch on? The alarms below say.',
    }
  if (failed > failedShareMax * due) return { state: 'doubt', what, why: figures, mend: lookAt }
  return { state: 'good', what: `${what}: ${accepted} of ${due}` }
}
