import * as z from 'zod'
import type { Interest } from '../interest.ts'

const counts = z.record(z.string(), z.int())

/**
 * The answer to `GET /v1/desk/subscriptions/count`. A reader of two languages or topics is counted in both; `*` counts
 * those who want every language, or all topics. Those who subscribed to test alerts are counted in `test` alone.
 */
export const subscriptionCountsSchema = z.strictObject({
  total: z.int(),
  test: z.int(),
  languages: counts,
  levels: counts,
  topics: counts,
})

/** Counts by language, level and topic, from the counts of each distinct interest. */
export function countsOf(
  interests: readonly { readonly interest: Interest; readonly count: number }[],
): z.output<typeof subscriptionCountsSchema> {
  const languages = new Map<string, number>()
  const levels = new Map<string, number>()
  const topics = new Map<string, number>()
  let [total, test] = [0, 0]
  for (const { interest, count } of interests) {
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
  return { total, test, languages: plain(languages), levels: plain(levels), topics: plain(topics) }
}

function add(counted: Map<string, number>, name: string, count: number): void {
  counted.set(name, (counted.get(name) ?? 0) + count)
}
