import '../common-parts.ts'
import type { Kind, Rendered } from '../../../domain/alert-types.ts'
import { epochOf } from '../../../protocol/cursor.ts'
import type { ReaderConfig } from '../../shared/page-config.ts'
import { type CurrentAlerts, type Received, Refill } from '../../shared/refill.ts'
import { withTimeout } from '../../shared/timeout.ts'
import { type Choice, type ChoiceForm, queryOf } from '../choice.ts'
import type { NewsCheck } from '../verifying/news-check.ts'
import type { AlertList } from './alert-list.ts'
import { showPart } from './shown-part.ts'

// Reading the alerts as they stand, which is needed after another choice or a stream that could not go on.

const answerMsMax = 10_000
/** How long the part that verifies is waited for: an answer grows old. */
const checkMsMax = 30_000

type Answer = {
  readonly head: string
  readonly entries: readonly {
    readonly seq: number
    readonly kind: Kind
    readonly at: string
    readonly alert: Rendered
  }[]
}

function readStanding(choice: Choice): Promise<Answer> {
  return withTimeout(answerMsMax, async (signal) => {
    const answer = await fetch(`/v1/alerts?${queryOf(choice)}`, { credentials: 'omit', cache: 'no-store', signal })
    if (!answer.ok) throw new Error(`the alerts were answered ${answer.status}`)
    return answer.json()
  })
}

type Deps = {
  readonly config: ReaderConfig
  readonly form: Pick<ChoiceForm, 'choice'>
  readonly list: AlertList
  /** What the stream has sent. */
  readonly received: readonly Received[]
  /** The cursor of the stream. */
  readonly cursor: () => string | undefined
  readonly tellMissed: (isMissed: boolean) => void
  /** Loads what verifies. */
  readonly loadCheck: () => Promise<Pick<NewsCheck, 'mayShow'>>
}

/** What reads the alerts of a page anew. */
export type Refilling = {
  /** The alerts of a choice as they stand. What cannot be verified is left out, and said. */
  readonly read: (choice: Choice) => Promise<CurrentAlerts>
  /** Fills the list with them, unless a later call has begun meanwhile. */
  readonly fill: (choice: Choice) => Promise<void>
  /** Says which part of the alerts the list shows, of which it was filled with so many. */
  readonly showPart: (filled: number) => void
}

/** Makes it. */
export function refilling({ config, form, list, received, cursor, tellMissed, loadCheck }: Deps): Refilling {
  /** What stands in the list already, so that it need not be verified, and perhaps cannot be, such as what a lost key has signed: it stays as it is. */
  const unverified = new WeakSet<Rendered>()
  async function readGenuine(choice: Choice): Promise<CurrentAlerts> {
    const { head, entries } = await readStanding(choice)
    const genuine = new Set<Answer['entries'][number]>()
    await withTimeout(checkMsMax, async () => {
      const check = await loadCheck()
      for (const entry of entries.slice().sort((a, b) => b.seq - a.seq)) {
        const isShown = list.shown(entry.alert) !== null
        if (isShown) unverified.add(entry.alert)
        const cursor = `${epochOf(head)}.${entry.seq}`
        if (isShown || (await check.mayShow({ ...entry, cursor }, genuine.size > 0))) genuine.add(entry)
      }
    })
    return { head, entries: entries.filter((entry) => genuine.has(entry)) }
  }
  /** The service has the newest version of each alert: that an answer has a former one is said as what is missing. */
  const hasOutdated = (alerts: readonly Rendered[]) => alerts.some((alert) => list.isOutdated(alert))
  const part = (filled: number) => showPart(config, form.choice(), filled)
  const refill = new Refill({
    ...{ read: readGenuine, received, cursor },
    fail: () => tellMissed(true),
    show: (alerts) => {
      const shown = alerts.filter((alert) => !unverified.has(alert) || list.shown(alert) !== null)
      list.replace(shown)
      part(shown.length)
      tellMissed(hasOutdated(shown))
    },
  })
  return {
    async read(choice) {
      const { head, entries } = await readGenuine(choice)
      if (hasOutdated(entries.map(({ alert }) => alert))) tellMissed(true)
      return { head, entries: entries.filter(({ alert }) => !unverified.has(alert)) }
    },
    fill: (choice) => refill.begin(choice),
    showPart: part,
  }
}
