import { ask, errorMessage, Refused, type Service } from '../service-client.ts'
import type { Finding } from './doctor-basics.ts'

/** What `/v1/desk/alarms` should have; looked at before it is believed. */
type Alarm = { readonly kind?: unknown; readonly host?: unknown; readonly detail?: unknown; readonly at?: unknown }

/** What to do about each kind of alarm, where its detail does not say that itself. */
const mends: Readonly<Record<string, string>> = {
  gone: 'Look whether the VAPID keys were changed and the former pair is still in vapid.json; nobody is deleted meanwhile.',
  newsroom: 'Set NEWSROOM to the same file on every node, and start again those that have another.',
  key: 'Look at VAPID_SUBJECT, at the keys and at the clock: the service does not take our tokens.',
  ours: 'The service finds our requests wrong: look into the log, and report it with the answer’s status.',
  throttled: 'Wait: the service asks us to slow down, and we do. If it goes on, write to it, or send fewer alerts.',
  storage: 'Look at the disk and at DATA_DIR; what is wrong there is in the service’s log and at /readyz.',
  failed:
    'Look at the other findings here and into the log: the push services’ answers are there. Then publish again, or an update.',
  clock: 'Set the clock of the service’s machine by NTP: push services refuse tokens from a wrong time.',
  ahead:
    'Set the clock of the service’s machine by NTP. If it is right now, it was ahead before: wait, or give alerts an expiresAt.',
  export:
    'Do what it says; the service then goes on by itself. Until then mirrors get nothing new (docs/operating.md, Mirrors); alerts go out all the same.',
  secret: 'Put back the push-secret that belongs to this database (the same backup), or PUSH_SECRET, and start again.',
  unreadable:
    'Was the database damaged, or a part of it restored? npx tocsin subscriptions export counts such rows; their readers subscribe again at their next visit.',
  down: 'Wait: we ask again by ourselves. If it goes on, look at the service’s status page, and at this machine’s way out.',
}

/** The same kind for another reason: what its detail says, and what to do then. */
const mendsByDetail: readonly (readonly [RegExp, string])[] = [
  [
    /^nodes have different VAPID keys/,
    'Give every node the same VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY, or the same vapid.json, and start again those that differ.',
  ],
  [
    /^nothing is pushed to .* which this service does not have/,
    'Put back the vapid.json that belongs to this database, on every node, and start again; no subscription is deleted meanwhile.',
  ],
]

const freshMs = 60 * 60_000

/** What the service itself has raised an alarm about: of the last hour a fault, older than that a doubt. */
export async function checkAlarms(service: Service, signal: AbortSignal): Promise<Finding[]> {
  if (service.key === undefined) return []
  const what = 'The service has raised no alarm'
  try {
    const { alarms } = Object((await ask(service, { path: 'v1/desk/alarms', signal })).body) as { alarms?: unknown }
    if (!Array.isArray(alarms)) throw new Error('its answer is not known here')
    return alarms.length === 0 ? [{ state: 'good', what }] : alarms.map((alarm) => found(what, Object(alarm)))
  } catch (error) {
    // An invalid key is a finding of another check.
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) return []
    return [
      { state: 'doubt', what, why: `/v1/desk/alarms: ${errorMessage(error)}`, mend: 'Look into the service’s log.' },
    ]
  }
}

function found(what: string, { kind, host, detail, at }: Alarm): Finding {
  const ageMs = Date.now() - Date.parse(String(at))
  const why = `${host === undefined ? '' : `${host}: `}${detail} (${kind}, ${at})`
  return {
    state: ageMs > freshMs ? 'doubt' : 'fault',
    what,
    why,
    mend:
      mendsByDetail.find(([pattern]) => pattern.test(String(detail)))?.[1] ??
      mends[String(kind)] ??
      'Look into the service’s log.',
  }
}
