import type { Level, Rendered } from '../../domain/alert-types.ts'
import { type Newsroom, topicLabel } from '../../domain/newsroom.ts'

/** Editorial urgency, 1 the highest (IPTC NewsCodes; ninjs 3.1 `urgency`). */
const urgencies: Readonly<Record<Level, number>> = { flash: 1, urgent: 3, routine: 5 }

const standard = {
  name: 'ninjs',
  version: '3.1',
  schema: 'https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json',
} as const

/**
 * An alert in one language as a news item (IPTC ninjs 3.1). `translations`: the same alert in its other languages, which
 * become associated items. A retracted alert is `canceled` and has no body.
 */
export function ninjsItem(
  text: Rendered,
  translations: readonly Rendered[],
  newsroom: Newsroom,
  origin: string,
): object {
  const story = text.status === 'retracted' || text.url === undefined ? [] : [storyOf(text.url)]
  const others = translations.map((it) => ({
    ...{ name: it.language, rel: 'translation' },
    ...partOf(it, newsroom, origin),
    representationType: 'partial',
  }))
  const associations = [...story, ...others]
  return {
    standard,
    representationType: 'full',
    ...partOf(text, newsroom, origin),
    ...(associations.length > 0 ? { associations } : {}),
  }
}

function partOf(text: Rendered, newsroom: Newsroom, origin: string): object {
  const { id, language, note, headline, summary, topics } = text
  const isRetracted = text.status === 'retracted'
  const subjects = newsroom.topics
    .filter((topic) => topics.includes(topic.id))
    .map((topic) => ({ name: topicLabel(topic, language).text, literal: topic.id }))
  return {
    uri: `${origin}/${language}/alerts/${id}`,
    type: 'text',
    version: String(text.version),
    ...{ firstCreated: text.publishedAt, versionCreated: text.changedAt, expires: text.expiresAt },
    pubStatus: isRetracted ? 'canceled' : 'usable',
    urgency: urgencies[text.level],
    ...{ copyrightHolder: newsroom.name, by: newsroom.name, language },
    ...(note === undefined ? {} : { edNote: note }),
    headlines: [{ role: 'main', contentType: 'text/plain', value: headline }],
    ...(isRetracted || summary === '' ? {} : { bodies: [{ role: 'main', contentType: 'text/plain', value: summary }] }),
    ...(subjects.length > 0 ? { subjects } : {}),
    altIds: [{ role: 'alert', value: id }],
  }
}

/** What the alert links to. */
function storyOf(url: string): object {
  return { name: 'story', rel: 'fullStory', uri: url, type: 'text', representationType: 'partial' }
}
