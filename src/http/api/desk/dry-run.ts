import type { Rehearsed } from '../../../desk/desk.ts'
import { render } from '../../../domain/alert.ts'
import { matches } from '../../../domain/interest.ts'
import { saysSomethingIn } from '../../../log/language-status.ts'
import { previewOf } from '../../../push/send/payload.ts'
import type { House } from '../../deps.ts'

type Reached = { push: number; sockets: number }

/** What a dry run answers: what to look at twice, how many would hear of it in each language, and what they would see. */
export async function rehearsal(
  house: Pick<House, 'subscriptions' | 'sockets' | 'newsroom'>,
  { warnings, ...entry }: Rehearsed,
): Promise<object> {
  return { warnings, audience: await audienceOf(house, entry), previews: previews(house, entry) }
}

async function audienceOf(
  house: Pick<House, 'subscriptions' | 'sockets'>,
  entry: Pick<Rehearsed, 'alert'>,
): Promise<Record<string, Reached>> {
  const { alert } = entry
  const reached: Record<string, Reached> = {}
  const at = (language: string) => {
    reached[language] ??= { push: 0, sockets: 0 }
    return reached[language]
  }
  // Every language is named; nobody hears of it where it says nothing.
  for (const language of Object.keys(alert.texts)) at(language)
  const isHeardIn = (language: string) => saysSomethingIn(entry, language)
  for (const { interest, count } of await house.subscriptions.count()) {
    const language = matches(interest, alert)
    if (language !== null && isHeardIn(language)) at(language).push += count
  }
  for (const [language, count] of await house.sockets(alert)) if (isHeardIn(language)) at(language).sockets += count
  return reached
}

/** What a phone shows in each language in which anybody is notified: a correction and a retraction say so. */
function previews(house: Pick<House, 'newsroom'>, entry: Pick<Rehearsed, 'kind' | 'alert'>): Record<string, object> {
  const { alert } = entry
  return Object.fromEntries(
    Object.keys(alert.texts).flatMap((language) => {
      const preview = previewOf(entry, language, house.newsroom)
      if (preview === null) return []
      const { dir, url } = render(alert, language, house.newsroom)
      return [[language, { ...preview, lang: language, dir, url }]]
    }),
  )
}
