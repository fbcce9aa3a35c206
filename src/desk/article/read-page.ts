import { Parser } from 'htmlparser2'
import { lineOf } from './article-text.ts'
import { type Attributes, attributeOf, isInline, isSkipped, isVoid } from './page-elements.ts'

/** A piece of visible text between two block elements. */
export type Block = {
  readonly text: string
  /** Code units of it that are links. */
  readonly linkChars: number
  readonly isHeading: boolean
  /** Whether it lies in an `article` or `main`, or in what says that it is the article's body. */
  readonly inArticle: boolean
}

/** What a page says of itself, and its text. */
export type Page = {
  readonly title: string
  /** The first of each name, in lower case: `og:title`, `description`; of schema.org's microdata `itemprop:headline`. */
  readonly metas: ReadonlyMap<string, string>
  readonly language: string
  readonly base: string
  readonly canonical: string
  /** The address that a browser wrote into a page that it saved. */
  readonly savedFrom: string
  /** The texts of `application/ld+json`. */
  readonly structured: readonly string[]
  readonly blocks: readonly Block[]
  /** Why not all of the page was read; null: all of it was. */
  readonly unread: string | null
}

/** The parser's stack of open elements costs time with each level, so that a page of 300,000 levels is not read on. */
const depthMax = 500
/** Written at once; between two, others have their turn. */
const sliceChars = 16 * 1_024
const blocksMax = 3_000
const structuredMax = 20
const structuredCharsMax = 256 * 1_024
const textCharsMax = 4_096

type Open = { readonly skips: boolean; readonly isArticle: boolean }

/**
 * Reads a page of HTML in one pass and in time that grows with its length alone. Scripts are not run and no address is
 * fetched. `rest` is awaited between two slices of work.
 */
export async function readPage(html: string, rest: () => Promise<void>): Promise<Page> {
  const reader = new PageReader()
  for (let at = 0; at < html.length && reader.unread === null; at += sliceChars) {
    if (at > 0) await rest()
    reader.write(html.slice(at, at + sliceChars))
  }
  return reader.end()
}

class PageReader {
  unread: string | null = null
  readonly #parser: Parser
  readonly #open: Open[] = []
  readonly #metas = new Map<string, string>()
  readonly #structured: string[] = []
  readonly #blocks: Block[] = []
  #skips = 0
  #articles = 0
  #anchors = 0
  #headings = 0
  #text = ''
  #linkChars = 0
  #title: string | null = null
  #isInTitle = false
  #script: string | null = null
  #property: { readonly name: string; readonly depth: number; text: string } | null = null
  #language = ''
  #base = ''
  #canonical = ''
  #savedFrom = ''

  constructor() {
    this.#parser = new Parser({
      onopentag: (name, attributes) => this.#begin(name, attributes),
      onclosetag: (name) => this.#finish(name),
      ontext: (text) => this.#take(text),
      oncomment: (text) => this.#readComment(text),
    })
  }

  write(html: string): void {
    this.#parser.write(html)
  }

  end(): Page {
    if (this.unread === null) this.#parser.end()
    this.#flush()
    return {
      title: lineOf(this.#title ?? ''),
      metas: this.#metas,
      language: this.#language,
      base: this.#base,
      canonical: this.#canonical,
      savedFrom: this.#savedFrom,
      structured: this.#structured,
      blocks: this.#blocks,
      unread: this.unread,
    }
  }

  #begin(name: string, attributes: Attributes): void {
    const of = (attribute: string) => attributeOf(attributes, attribute)
    if (!isInline(name)) this.#flush()
    if (name === 'html') this.#language ||= of('lang') || of('xml:lang')
    if (name === 'base') this.#base ||= of('href')
    if (name === 'link' && /(?:^|\s)canonical(?:\s|$)/i.test(of('rel'))) this.#canonical ||= of('href')
    if (name === 'meta') this.#readMeta(of)
    if (name === 'title' && this.#title === null && this.#skips === 0) this.#isInTitle = true
    if (
      name === 'script' &&
      /^application\/ld\+json/i.test(of('type').trim()) &&
      this.#structured.length < structuredMax
    )
      this.#script = ''
    if (name === 'img' || name === 'br') this.#take(' ')
    if (isVoid(name)) return
    this.#push(name, attributes)
    this.#beginProperty(name, of)
    if (this.#open.length > depthMax) {
      this.unread = `Its elements are nested more than ${depthMax} deep; what comes after that was not read.`
      this.#parser.pause()
    }
  }

  #push(name: string, attributes: Attributes): void {
    const isArticle =
      name === 'article' || name === 'main' || /(?:^|\s)articleBody(?:\s|$)/.test(attributeOf(attributes, 'itemprop'))
    const skips = !isArticle && name !== 'body' && name !== 'html' && isSkipped(name, attributes)
    this.#open.push({ skips, isArticle })
    if (skips) this.#skips += 1
    if (isArticle) this.#articles += 1
    if (name === 'a') this.#anchors += 1
    if (/^h[1-6]$/.test(name)) this.#headings += 1
  }

  /** Elements close in the reverse order of their opening: the parser sees to that. */
  #finish(name: string): void {
    if (isVoid(name)) return
    if (!isInline(name)) this.#flush()
    const closed = this.#open.pop()
    if (closed === undefined) return
    if (this.#isInTitle && name === 'title') this.#isInTitle = false
    if (this.#script !== null && name === 'script') {
      this.#structured.push(this.#script)
      this.#script = null
    }
    if (this.#property !== null && this.#open.length < this.#property.depth) this.#endProperty(this.#property)
    if (closed.skips) this.#skips -= 1
    if (closed.isArticle) this.#articles -= 1
    if (name === 'a') this.#anchors -= 1
    if (/^h[1-6]$/.test(name)) this.#headings -= 1
  }

  #take(text: string): void {
    if (this.#script !== null) {
      if (this.#script.length < structuredCharsMax) this.#script += text
      return
    }
    if (this.#isInTitle) this.#title = `${this.#title ?? ''}${text}`.slice(0, textCharsMax)
    if (this.#property !== null && this.#property.text.length < textCharsMax) this.#property.text += text
    if (this.#skips > 0 || this.#isInTitle || this.#text.length > 4 * textCharsMax) return
    this.#text += text
    if (this.#anchors > 0) this.#linkChars += text.length
  }

  #flush(): void {
    if (this.#text === '') return
    const text = lineOf(this.#text)
    if (text !== '' && this.#blocks.length < blocksMax)
      this.#blocks.push({
        text,
        linkChars: this.#linkChars,
        isHeading: this.#headings > 0,
        inArticle: this.#articles > 0,
      })
    this.#text = ''
    this.#linkChars = 0
  }

  #readMeta(of: (attribute: string) => string): void {
    const content = lineOf(of('content'))
    const itemprop = of('itemprop')
    const pragma = of('http-equiv')
    const name =
      of('property') || of('name') || (itemprop && `itemprop:${itemprop}`) || (pragma && `http-equiv:${pragma}`)
    this.#keep(name, content)
  }

  /** Names of the page are keys of a Map: `__proto__` is one like any other. */
  #keep(name: string, content: string): void {
    const key = name.trim().toLowerCase()
    if (key !== '' && content !== '' && !this.#metas.has(key) && this.#metas.size < 500) this.#metas.set(key, content)
  }

  #beginProperty(name: string, of: (attribute: string) => string): void {
    const property = /^(?:headline|description)$/.exec(of('itemprop').trim())?.[0]
    if (property === undefined || this.#property !== null || name === 'head') return
    this.#property = { name: `itemprop:${property}`, depth: this.#open.length, text: '' }
  }

  #endProperty({ name, text }: { readonly name: string; readonly text: string }): void {
    this.#keep(name, lineOf(text))
    this.#property = null
  }

  #readComment(text: string): void {
    const saved = /^\s*saved from url=\(\d{1,6}\)(\S{1,2100})/.exec(text.slice(0, textCharsMax))
    if (saved?.[1] !== undefined) this.#savedFrom ||= saved[1]
  }
}
