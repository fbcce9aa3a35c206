import type { DryRunResult } from '../../../desk/desk.ts'
import { type LatelyDeps, readLately } from '../../../desk/lately.ts'
import { render } from '../../../domain/alert.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import { matches } from '../../../domain/interest.ts'
import type { LevelRule } from '../../../domain/level-rules.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import { hasTextIn } from '../../../domain/rendering/in-language.ts'
import { previewOf } from '../../../push/send/payload.ts'
import type { SubscriptionStore } from '../../../push/subscriptions/subscription.ts'

/** How many live readers would be sent an alert, by language. `atLeast`: somebody who serves readers did not answer. */
export type LiveAudience = { readonly byLanguage: ReadonlyMap<string, number>; readonly atLeast: boolean }

/** What counting an alert's audience needs. */
type AudienceDeps = {
  readonly subscriptions: Pick<SubscriptionStore, 'count'>
  readonly sockets: (alert: Alert) => Promise<LiveAudience>
}
type Reached = { push: number; sockets: number }

/** What a dry run reads besides the alert. */
export type DryRunDeps = AudienceDeps & LatelyDeps & { readonly newsroom: Newsroom }

/** The response of a dry run: warnings, how many readers would be sent the alert in each language, previews, and what went out lately. */
export async function dryRunResponse(
  deps: DryRunDeps,
  { warnings, rule, ...entry }: DryRunResult & { readonly rule: LevelRule },
): Promise<object> {
  const [audience, lately] = await Promise.all([audienceOf(deps, entry), readLately(deps, entry.alert)])
  return { warnings, ...audience, previews: previews(deps, entry), rule, ...lately }
}

type Audience = { readonly audience: Record<string, Reached>; readonly socketsAtLeast: boolean }

async function audienceOf(deps: AudienceDeps, entry: Pick<DryRunResult, 'alert'>): Promise<Audience> {
  const { alert } = entry
  const reached: Record<string, Reached> = {}
  const at = (language: string) => {
    reached[language] ??= { push: 0, sockets: 0 }
    return reached[language]
  }
  // Every language is listed, with 0 where the change has no text in it.
  for (const language of Object.keys(alert.texts)) at(language)
  const isNotifiedIn = (language: string) => hasTextIn(entry, language)
  for (const { interest, count } of await deps.subscriptions.count()) {
    const language = matches(interest, alert)
    if (language !== null && isNotifiedIn(language)) at(language).push += count
  }
  const { byLanguage, atLeast } = await deps.sockets(alert)
  for (const [language, count] of byLanguage) if (isNotifiedIn(language)) at(language).sockets += count
  return { audience: reached, socketsAtLeast: atLeast }
}

/** The notification in each language that is notified. That of a correction or retraction is marked as one. */
function previews(
  deps: Pick<DryRunDeps, 'newsroom'>,
  entry: Pick<DryRunResult, 'kind' | 'alert'>,
): Record<string, object> {
  const { alert } = entry
  return Object.fromEntries(
    Object.keys(alert.texts).flatMap((language) => {
      const preview = previewOf(entry, language, deps.newsroom)
      if (preview === null) return []
      const { dir, url } = render(alert, language, deps.newsroom)
      return [[language, { ...preview, lang: language, dir, url }]]
    }),
  )
}
