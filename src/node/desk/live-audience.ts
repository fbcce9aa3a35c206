import type { Alert } from '../../domain/alert-types.ts'
import type { LiveAudience } from '../../http/api/desk/dry-run.ts'
import type { Hub } from '../../hub/hub.ts'
import type { Peers } from '../cluster/peers.ts'
import type { ProcessReports } from '../cluster/process-reports.ts'

type Deps = {
  readonly peers: Peers
  readonly hub: Pick<Hub, 'countByLanguage'>
  /** Of the processes that share the database; null: the peers are all there are. */
  readonly reports: ProcessReports | null
}

/** How many live readers would be sent an alert, by language, in all processes. */
export async function countReaders({ peers, hub, reports }: Deps, alert: Alert): Promise<LiveAudience> {
  const byLanguage = new Map(hub.countByLanguage(alert))
  const others = reports === null ? await askPeers(peers, alert) : await reports.audienceOf(alert)
  for (const [language, count] of others.byLanguage) byLanguage.set(language, (byLanguage.get(language) ?? 0) + count)
  return { byLanguage, atLeast: others.atLeast }
}

async function askPeers(peers: Peers, alert: Alert) {
  const answers = await peers.ask({ about: 'readers', alert })
  // Those that have ended have no readers.
  const serving = peers.processStates().members.filter(({ state }) => state !== 'ended').length
  return { byLanguage: answers.flat(), atLeast: answers.length < serving - 1 }
}
