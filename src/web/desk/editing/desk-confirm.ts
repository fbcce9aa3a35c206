import type { DeskConfig } from '../desk-config.ts'
import { listed, t } from '../state/desk-words.ts'

/** LIVE or TEST, in words. */
export function audienceName(audience: 'public' | 'test'): string {
  return t(`audience_${audience}_name`)
}

/** The topics of an alert, in words. */
export function topicsOf(config: Pick<DeskConfig, 'topics'>, topics: readonly string[]): string {
  const labels = topics.map((id) => config.topics.find((topic) => topic.id === id)?.label ?? id)
  if (labels.length === 0) return t('noTopic')
  return labels.length === 1 ? t('oneTopic', { name: labels[0] ?? '' }) : t('someTopics', { names: listed(labels) })
}
