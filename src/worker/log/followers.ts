import type { Alert } from '../../domain/alert-types.ts'
import type { LiveAudience } from '../../http/api/desk/dry-run.ts'
import type { Seq } from '../../log/log.ts'
import type { Env } from '../env.ts'
import { report } from '../report.ts'
import type { Follower } from '../rpc.ts'

/** Wakes one follower, by the id that it enlisted with. */
export function wakeOne(env: Env, kind: Follower, id: string): Promise<Seq> {
  if (kind === 'relay') return env.RELAYS.get(env.RELAYS.idFromString(id)).wake()
  if (kind === 'hub') return env.HUBS.get(env.HUBS.idFromString(id)).wake()
  return env.PUSHERS.get(env.PUSHERS.idFromString(id)).wake()
}

type Counts = readonly (readonly [string, number])[]

/** How many readers of these hubs and relays would be sent an alert. Objects that do not answer are left out. */
export async function audienceBelow(
  env: Env,
  { hubs, relays }: { readonly hubs: readonly string[]; readonly relays: readonly string[] },
  alert: Alert,
): Promise<LiveAudience> {
  const asked: readonly Promise<Counts>[] = [
    ...hubs.map((id) => env.HUBS.get(env.HUBS.idFromString(id)).countByLanguage(alert)),
    ...relays.map((id) => env.RELAYS.get(env.RELAYS.idFromString(id)).countByLanguage(alert)),
  ]
  const total = new Map<string, number>()
  const answers = await Promise.allSettled(asked)
  for (const answer of answers) {
    if (answer.status === 'rejected') report(answer.reason, 'counting readers')
    else for (const [language, count] of answer.value) total.set(language, (total.get(language) ?? 0) + count)
  }
  return { byLanguage: total, atLeast: answers.some(({ status }) => status === 'rejected') }
}
