import { lineOf } from './article-text.ts'

/** What schema.org's data says of an article; each empty where it says nothing. */
export type StructuredArticle = {
  /** Its type: `NewsArticle`. */
  readonly type: string
  readonly headline: string
  readonly description: string
  readonly url: string
  readonly language: string
  readonly image: { readonly url: string; readonly alt: string }
  readonly keywords: readonly string[]
}

/** The articles among a page's JSON-LD, and how many of its texts were no JSON. */
export type StructuredData = { readonly articles: readonly StructuredArticle[]; readonly broken: number }

const nodesMax = 5_000
const articlesMax = 50
const keywordsMax = 50
const articleType = /^(?:https?:\/\/schema\.org\/|schema:)?(\w*(?:Article|BlogPosting|Report))$/
/** The members that lead from a page to what it is about. */
const leading = ['@graph', 'mainEntity', 'mainEntityOfPage', 'itemListElement', 'item', 'hasPart'] as const

/** Reads the articles of a page's JSON-LD (https://schema.org/Article). Nothing in it makes this throw. */
export function readStructuredData(texts: readonly string[]): StructuredData {
  const read = texts.map(parsed)
  const articles: StructuredArticle[] = []
  // A queue and not a recursion: the data may be as deep as it is long.
  const queue: unknown[] = read.filter((it) => it !== undefined)
  for (let at = 0; at < queue.length && at < nodesMax && articles.length < articlesMax; at += 1) {
    const node = queue[at]
    if (Array.isArray(node)) queue.push(...node.slice(0, nodesMax))
    else if (typeof node === 'object' && node !== null) {
      const type = typeOf(node)
      if (type !== undefined) articles.push(articleOf(node, type))
      queue.push(...leading.map((name) => memberOf(node, name)).filter((it) => typeof it === 'object' && it !== null))
    }
  }
  return { articles, broken: read.filter((it) => it === undefined).length }
}

/** The value of a JSON text; undefined: it is none. Many sites wrap it in comments, or leave line breaks in strings. */
function parsed(text: string): unknown {
  const plain = text.replace(/^\s*(?:<!--|\/\/<!\[CDATA\[|<!\[CDATA\[)/, '').replace(/(?:-->|\/\/\]\]>|\]\]>)\s*$/, '')
  return jsonIn(plain) ?? (controls.test(plain) ? jsonIn(plain.replace(allControls, ' ')) : undefined)
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: JSON takes none inside a string.
const controls = /[\u0000-\u001f]/
const allControls = /[\u0000-\u001f]/g
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

function jsonIn(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

function articleOf(node: object, type: string): StructuredArticle {
  const page = memberOf(node, 'mainEntityOfPage')
  const image = memberOf(node, 'image')
  return {
    type,
    headline: textOf(memberOf(node, 'headline')) || textOf(memberOf(node, 'name')),
    description: textOf(memberOf(node, 'description')),
    url: textOf(memberOf(node, 'url')) || textOf(page, '@id') || textOf(memberOf(node, '@id')),
    language: textOf(memberOf(node, 'inLanguage'), 'alternateName', 'name'),
    image: {
      url: textOf(image, 'url', 'contentUrl'),
      alt: typeof image === 'object' ? textOf(image, 'caption', 'description', 'name').replace(/^https?:.*/, '') : '',
    },
    keywords: [...listOf(memberOf(node, 'keywords')), ...listOf(memberOf(node, 'articleSection'))].slice(
      0,
      keywordsMax,
    ),
  }
}

/** The article's type; undefined: it is none. */
function typeOf(node: object): string | undefined {
  const types = [memberOf(node, '@type')].flat(1).slice(0, 20)
  for (const type of types) {
    const name = typeof type === 'string' ? articleType.exec(type.slice(0, 100))?.[1] : undefined
    if (name !== undefined) return name
  }
  return undefined
}

/** The text of a value: itself, the first of a list, or of an object the first of these members. */
function textOf(value: unknown, ...members: readonly string[]): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first === 'string') return lineOf(first)
  if (typeof first !== 'object' || first === null) return ''
  for (const name of ['@value', ...members]) {
    const member = memberOf(first, name)
    const text: unknown = Array.isArray(member) ? member[0] : member
    if (typeof text === 'string' && text.trim() !== '') return lineOf(text)
  }
  return ''
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string')
    return value
      .slice(0, 5_000)
      .split(/[,;،]/)
      .map((word) => lineOf(word))
      .filter(Boolean)
  if (!Array.isArray(value)) return []
  return value
    .slice(0, keywordsMax)
    .map((it) => textOf(it, 'name'))
    .filter(Boolean)
}

/** An own member: what stands in a prototype is not the page's. */
function memberOf(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined
  return (node as Readonly<Record<string, unknown>>)[name]
}
