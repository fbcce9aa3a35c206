import { render } from '../../domain/alert.ts'
import type { Kind, Level } from '../../domain/alert-types.ts'
import { type Language, type Newsroom, topicLabel } from '../../domain/newsroom.ts'
import { languagesWithDropped } from '../../domain/newsroom-dropped.ts'
import { ownOf } from '../../domain/rendering/in-language.ts'
import type { Entry } from '../../log/log.ts'
import { wordsIn } from '../pages/page-words.ts'
import { plainOf, titleOf, withCorrection } from './alert-text.ts'
import { xml } from './xml-text.ts'

/** What was done to an alert, as CAP calls it (OASIS CAP 1.2 §3.2.1). */
const messageTypes: Readonly<Record<Kind, string>> = {
  alert: 'Alert',
  update: 'Update',
  correction: 'Update',
  retraction: 'Cancel',
}

/**
 * How soon readers want to know. Severity and certainty are about the event itself, which no newsroom has measured: they
 * are always `Unknown`.
 */
const urgencies: Readonly<Record<Level, string>> = { flash: 'Immediate', urgent: 'Expected', routine: 'Unknown' }

type About = {
  readonly newsroom: Newsroom
  /** The newest versions of the alert, oldest first. */
  readonly history: readonly [Entry, ...Entry[]]
  /** What the links to its pages begin with. */
  readonly origin: string
}

/**
 * An alert as one message of the Common Alerting Protocol (OASIS CAP 1.2): one `info` a language. Each version is a message
 * of its own, whose `references` name the earlier ones; a retraction is a `Cancel`.
 */
export function capMessage({ newsroom, history, origin }: About): string {
  const newest = history.at(-1) ?? history[0]
  const { alert, kind } = newest
  const sender = new URL(origin).host
  const infos = languagesWithDropped(newsroom, Object.keys(alert.texts)).map((it) => info(newest, it, newsroom, origin))
  const references = history.slice(0, -1).map((it) => `${sender},${identifier(it)},${capTime(it.at)}`)
  return `<?xml version="1.0" encoding="utf-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
${element('identifier', identifier(newest))}${element('sender', sender)}${element('sent', capTime(newest.at))}${element(
  'status',
  alert.audience === 'test' ? 'Test' : 'Actual',
)}${element('msgType', messageTypes[kind])}${element('scope', 'Public')}${element(
  'references',
  references.join(' '),
)}${infos.join('')}</alert>
`
}

function info({ alert }: Entry, language: Language, newsroom: Newsroom, origin: string): string {
  const words = wordsIn(language.tag, language.dir)
  const text = withCorrection(render(alert, language.tag, newsroom), ownOf(alert.lastCorrections, language.tag), words)
  const topics = newsroom.topics.filter(({ id }) => alert.topics.includes(id))
  const labels = topics.map((topic) => topicLabel(topic, language.tag).text)
  const link = text.status === 'retracted' ? undefined : text.url
  return `<info>
${element('language', language.tag)}${element('category', 'Other')}${element(
  'event',
  labels.join(', ') || words.text(alert.level),
)}${element('urgency', urgencies[alert.level])}${element('severity', 'Unknown')}${element(
  'certainty',
  'Unknown',
)}${element('expires', capTime(alert.expiresAt))}${element('senderName', newsroom.name)}${element(
  'headline',
  titleOf(text, words),
)}${element('description', plainOf(text, words))}${element(
  'web',
  `${origin}/${language.tag}/alerts/${alert.id}`,
)}${parameter('level', alert.level)}${parameter('status', text.status)}${topics
  .map(({ id }) => parameter('topic', id))
  .join('')}${parameter('fullStory', link ?? '')}</info>
`
}

/** Each version has its own: without spaces, commas, `<` and `&`, as CAP 1.2 §3.2.1 has it. */
function identifier({ alert }: Entry): string {
  return `${alert.id}.${alert.version}`
}

/** RFC 3339 in UTC as CAP writes it: in whole seconds and never with Z (CAP 1.2 §3.3.2). */
function capTime(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19)}-00:00`
}

function parameter(name: string, value: string): string {
  if (value === '') return ''
  return `<parameter>\n${element('valueName', name)}${element('value', value)}</parameter>\n`
}

/** Nothing where there is no text. */
function element(name: string, text: string): string {
  return text === '' ? '' : `<${name}>${xml(text)}</${name}>\n`
}
