import { alertLimits } from '../../domain/alert.ts'
import type { Newsroom, Topic } from '../../domain/newsroom.ts'
import { lookUpTag } from '../../locales/tag-lookup.ts'
import { comparable } from './article-text.ts'

/** Letters that a word may have behind a label: endings of languages that decline names. */
const endingMax = 3
/** Shorter labels are only found as whole words. */
const declinedMin = 5

/** The topics whose labels stand in an article's texts, or are among its keywords; at most as many as an alert takes. */
export function articleTopics(
  newsroom: Pick<Newsroom, 'topics'>,
  language: string | null,
  texts: readonly string[],
  keywords: readonly string[],
): readonly string[] {
  const text = texts.join('\n').toLowerCase()
  const named = new Set(keywords.map(comparable))
  const isAbout = (topic: Topic) => {
    const labels = labelsIn(topic, language)
    return labels.some(
      (label) => label !== undefined && (named.has(comparable(label)) || standsIn(label.toLowerCase(), text)),
    )
  }
  return newsroom.topics
    .filter(isAbout)
    .map(({ id }) => id)
    .slice(0, alertLimits.topicsMax)
}

/** A topic's labels in a language and in English; null: in every language. */
function labelsIn({ labels }: Topic, language: string | null): readonly (string | undefined)[] {
  if (language === null) return Object.values(labels)
  return [labels[lookUpTag(language, Object.keys(labels)) ?? 'en'], labels.en]
}

function standsIn(label: string, text: string): boolean {
  for (let at = text.indexOf(label); at !== -1; at = text.indexOf(label, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at)
    const after = text.slice(at + label.length, at + label.length + endingMax + 2)
    const ending = /^[\p{L}\p{M}]*/u.exec(after)?.[0].length ?? 0
    if (!/[\p{L}\p{M}]$/u.test(before) && ending <= (label.length >= declinedMin ? endingMax : 0)) return true
  }
  return false
}
