import { languageOf, type Newsroom } from './newsroom.ts'
import { quoted } from './parse.ts'

/** The languages and topics that alerts were published in. */
export type Published = { readonly languages: readonly string[]; readonly topics: readonly string[] }

/** What the newsroom's file has no more and published alerts have: a sentence each, for the operator. */
export function droppedLines(newsroom: Newsroom, published: Published): readonly string[] {
  const languages = published.languages.filter((tag) => languageOf(newsroom, tag) === undefined)
  const topics = published.topics.filter((id) => !newsroom.topics.some((topic) => topic.id === id))
  return [
    ...languages.map(
      (tag) =>
        `The newsroom has no language ${quoted(tag)} any more, but there are alerts in it: nobody can choose it, and its page and feeds answer 404 now; the alerts keep pages of their own. Put it back into NEWSROOM if that is not meant.`,
    ),
    ...topics.map(
      (id) =>
        `The newsroom has no topic ${quoted(id)} any more, but there are alerts under it: they stay, without its label, and nobody can choose it. Put it back into NEWSROOM if that is not meant.`,
    ),
  ]
}
