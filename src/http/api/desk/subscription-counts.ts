import * as z from 'zod'
import type { Interest } from '../../../domain/interest.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import { droppedNames } from '../../../domain/newsroom-dropped.ts'

const counts = z.record(z.string(), z.int())

/**
 * The answer to `GET /v1/desk/subscriptions/count`. A reader of two languages or topics is counted in both; `*` counts
 * those who want every language, or all topics. Those who subscribed to test alerts are counted in `test` alone.
 * `dropped`: those of all subscriptions that name a language or topic that the newsroom has dropped.
 */
export const subscriptionCountsSchema = z.strictObject({
  total: z.int(),
  test: z.int(),
  languages: counts,
  levels: counts,
  topics: counts,
  dropped: z.int(),
})

/** Counts by language, level and topic, from the counts of each distinct interest. */
export function countsOf(
  interests: readonly { readonly interest: Interest; readonly count: number }[],
  newsroom: Newsroom,
): z.output<typeof subscriptionCountsSchema> {
  const languages = new Map<string, number>()
  const levels = new Map<string, number>()
  const topics = new Map<string, number>()
  let [total, test, dropped] = [0, 0, 0]
  for (const { interest, count } of interests) {
    const gone = droppedNames(newsroom, interest)
    if (gone.languages.length + gone.topics.length > 0) dropped += count
    if (interest.audience === 'test') {
      test += count
      continue
    }
    total += count
    for (const tag of interest.languages) add(languages, tag, count)
    for (const topic of interest.topics.length > 0 ? interest.topics : ['*']) add(topics, topic, count)
    add(levels, interest.level, count)
  }
  const plain = Object.fromEntries<number>
  return { total, test, languages: plain(languages), levels: plain(levels), topics: plain(topics), dropped }
}

function add(counted: Map<string, number>, name: string, count: number): void {
  counted.set(name, (counted.get(name) ?? 0) + count)
}
