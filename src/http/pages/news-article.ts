import { render } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { hasTextIn, kindIn } from '../../domain/rendering/in-language.ts'
import type { Entry } from '../../log/log.ts'
import { entryMessage } from '../../protocol/messages.ts'
import type { PageWords } from './page-words.ts'
import { topicLabels } from './topic-labels.ts'

type About = {
  readonly newsroom: Newsroom
  readonly words: PageWords
  /** As it stands now, in the page's language. */
  readonly text: Rendered
  /** Its headline, led by what was done to it. */
  readonly headline: string
  /** Those of its entries that the page lists, oldest first. */
  readonly versions: readonly Entry[]
  readonly newest: Entry | undefined
  readonly epoch: string
  readonly origin: string
  readonly canonical: string
  /** The picture that the page shows, if any. */
  readonly picture: string | null
}

/**
 * What search engines and other programs read of an alert's page (https://schema.org/NewsArticle): each correction and a
 * retraction with what was wrong and when that was said. Of a retracted alert only the headline stays.
 */
export function newsArticle(about: About): object {
  const { newsroom, words, text, headline, versions, newest, epoch, origin, canonical, picture } = about
  const isRetracted = text.status === 'retracted'
  const publisher = { '@type': 'NewsMediaOrganization', name: newsroom.name, url: `${origin}/` }
  const labels = topicLabels(newsroom, words.language)
  const corrections = versions.flatMap((entry) => correctionIn(entry, newsroom, words))
  return {
    '@context': 'https://schema.org',
    '@type': 'NewsArticle',
    ...{ '@id': canonical, url: canonical, mainEntityOfPage: canonical },
    headline,
    description: isRetracted ? words.text('retractedNotice') : text.summary || text.headline,
    inLanguage: words.language,
    ...{ datePublished: text.publishedAt, dateModified: text.changedAt, isAccessibleForFree: true },
    ...{ publisher, author: publisher },
    ...(text.topics.length > 0 ? { keywords: text.topics.map((topic) => labels[topic] ?? topic) } : {}),
    ...(picture === null ? {} : { image: picture }),
    ...(isRetracted ? { creativeWorkStatus: 'Retracted' } : {}),
    ...(corrections.length > 0 ? { correction: corrections } : {}),
    ...signedIn(newest, epoch, about),
  }
}

/** The newest entry as a stream sends it: programs that know no such property pass over it. */
function signedIn(newest: Entry | undefined, epoch: string, { newsroom, words }: About): object {
  if (newest === undefined) return {}
  const { type: _, ...sent } = entryMessage(newest, words.language, epoch, newsroom)
  return { 'tocsin:entry': sent }
}

/** What an entry says was wrong, in the page's language; nothing where it says nothing there. */
function correctionIn(entry: Entry, newsroom: Newsroom, { language }: PageWords): readonly object[] {
  const kind = kindIn(entry, language)
  const isOurs = Object.hasOwn(entry.alert.texts, language) && hasTextIn(entry, language)
  if (!isOurs || (kind !== 'correction' && kind !== 'retraction')) return []
  const { note } = render(entry.alert, language, newsroom)
  return note === undefined
    ? []
    : [{ '@type': 'CorrectionComment', text: note, datePublished: entry.at, inLanguage: language }]
}
