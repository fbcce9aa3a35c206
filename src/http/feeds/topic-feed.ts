import { invalid, Problem } from '../../domain/problem.ts'
import { type FeedDocument, feedDocument } from './feed-documents.ts'
import type { FeedDeps, FeedEnding } from './read-feed.ts'

/**
 * The feed at an address that a subscriber gives to the hub. `origin`: that of our own feeds. Throws a Problem (400, 404) for
 * what is none of them, and where the feed calls itself by another address: one feed is one topic.
 */
export async function topicFeed(deps: FeedDeps, topic: URL, origin: string): Promise<FeedDocument> {
  const [, file, ending] = /^\/feeds\/([^/]+?(\.cap\.atom|\.ninjs\.json|\.atom|\.json))$/.exec(topic.pathname) ?? []
  if (topic.origin !== origin || file === undefined)
    throw wrongTopic('no-such-feed', `This hub is for the feeds of ${origin} only, such as ${origin}/feeds/en.atom.`)
  const search = topic.searchParams
  const read = await feedDocument(deps, { origin, file, ending: ending as FeedEnding, search })
  if (read.feed.self !== topic.href)
    throw wrongTopic('not-itself', `This feed calls itself ${read.feed.self} (rel="self"). Subscribe to that.`)
  return read
}

/** The same of a topic that is subscribed to; null: it is no feed of ours any more. `publicUrl` null: its own origin is ours. */
export async function subscribedFeed(
  deps: FeedDeps,
  topic: string,
  publicUrl: string | null,
): Promise<FeedDocument | null> {
  const url = new URL(topic)
  try {
    return await topicFeed(deps, url, publicUrl ?? url.origin)
  } catch (error) {
    if (error instanceof Problem && (error.status === 400 || error.status === 404)) return null
    throw error
  }
}

function wrongTopic(code: string, detail: string): Problem {
  return invalid('request', [{ pointer: '/hub.topic', code, detail }])
}
