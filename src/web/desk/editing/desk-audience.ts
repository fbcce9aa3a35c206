import type { Lately } from '../../../desk/lately.ts'
import type { LevelRule } from '../../../domain/level-rules.ts'
import type { Mistake } from '../../../domain/problem.ts'
import { counted } from '../state/amounts.ts'
import { t } from '../state/desk-words.ts'

/** What a dry run answers. */
export type DryRun = Lately & {
  readonly warnings: readonly Mistake[]
  readonly audience: Readonly<Record<string, { readonly push: number; readonly sockets: number }>>
  /** Whether there may be more open pages: a process that serves some did not answer. */
  readonly socketsAtLeast: boolean
  /** The rule of the newsroom that it would be under. */
  readonly rule: LevelRule
  readonly previews: Readonly<
    Record<string, { readonly title: string; readonly body: string; readonly lang: string; readonly dir: string }>
  >
}

/** Whom an alert reaches now, in the desk's language. */
export function reachOf(
  level: string,
  { audience, socketsAtLeast }: Pick<DryRun, 'audience' | 'socketsAtLeast'>,
): string {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const reach = {
    devices: counted(sum(Object.values(audience).map((it) => it.push))),
    pages: counted(sum(Object.values(audience).map((it) => it.sockets)), socketsAtLeast),
  }
  // A routine alert is pushed only to who chose that level. Most readers find it in the feeds.
  return level === 'routine' ? t('countsAndFeeds', reach) : t('counts', reach)
}
