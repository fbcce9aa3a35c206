import type { Level } from '../domain/alert-types.ts'
import type { Interest } from './listen-options.ts'

/** Levels, most urgent first. */
const levels: readonly Level[] = ['flash', 'urgent', 'routine']

/**
 * Whether an alert is of the level and topics of an interest, as the service decides it for its readers (`matches` in
 * `src/domain/interest.ts`). Languages are compared where the alert's own one is known.
 */
export function isOfLevelAndTopics(
  { topics = [], level = 'routine' }: Pick<Interest, 'topics' | 'level'>,
  alert: { readonly level: Level; readonly topics: readonly string[] },
): boolean {
  const isUrgentEnough = levels.indexOf(alert.level) <= levels.indexOf(level)
  return (
    isUrgentEnough &&
    (topics.length === 0 || alert.topics.length === 0 || alert.topics.some((it) => topics.includes(it)))
  )
}
