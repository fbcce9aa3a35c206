import type { Language, Newsroom } from '../../domain/newsroom.ts'
import { languageTagOf } from '../../domain/parsing/language-tag.ts'
import { namesIn, quoted } from '../../domain/parsing/parse.ts'
import { scriptFits } from '../../domain/text.ts'
import type { Found, Remark } from './article-parts.ts'
import { baseOf, languageOfText, type TextLanguage } from './text-language.ts'

/** The language that is proposed, and what is unsure about it; null where nothing is. */
export type ChosenLanguage = { readonly tag: string | null; readonly unsure: Remark | null }

type Declared = { readonly said: string; readonly source: string; readonly tag: string | null; readonly base: string }

/**
 * Chooses a draft's language: the one that the material names, if its text can be in it; else the one that its text is
 * in. Null where two are as likely, or the newsroom does not publish in it: a wrong language would reach other readers.
 */
export async function chooseLanguage(
  text: string,
  languages: readonly Found[],
  newsroom: Pick<Newsroom, 'languages'>,
): Promise<ChosenLanguage> {
  const told = await languageOfText(text, newsroom.languages)
  const declared = languages.flatMap((it) => declaredIn(it, text, newsroom.languages))
  const fitting = declared.find(({ tag, base }) => tag !== null && agrees(told, tag, base))
  if (fitting !== undefined) return { tag: fitting.tag, unsure: disagreement(declared, fitting) }
  const [first] = declared
  const named = first === undefined ? '' : `${first.source} says ${quoted(first.said)}, and the `
  const the = (code: string, names: readonly string[], sentence: string): Remark => ({
    ...{ part: 'language', code: `article-language-${code}`, values: { names } },
    detail: named === '' ? `The ${sentence}` : `${named.replace(/^./, (it) => it.toUpperCase())}${sentence}`,
  })
  switch (told.kind) {
    case 'one':
      return {
        tag: told.tag,
        unsure: first === undefined ? null : the('other', [told.tag], `text looks like ${told.tag}.`),
      }
    case 'several':
      return { tag: null, unsure: the('several', told.tags, `text may be in ${told.tags.join(' or ')}: choose one.`) }
    case 'other':
      return {
        tag: null,
        unsure: the(
          'unpublished',
          [told.tag],
          `text looks like ${told.tag}${isPublished(told.tag, newsroom.languages) ? ' in another script than the newsroom’s' : ''}; this newsroom publishes in ${namesIn(newsroom.languages.map(({ tag }) => tag))}.`,
        ),
      }
    case 'unknown':
      return {
        tag: null,
        unsure: the('unknown', [], 'text does not say by its letters which language it is in: choose one.'),
      }
  }
}

/** A declared language as the newsroom has it; `tag` is null where it has not. What is no tag is passed over. */
function declaredIn({ value, source }: Found, text: string, languages: readonly Language[]): readonly Declared[] {
  const tag = languageTagOf(value.trim().replaceAll('_', '-'))
  if (tag === null || tag === 'und') return []
  const base = baseOf(tag)
  const same = languages.filter((it) => baseOf(it.tag) === base)
  const exact = same.find((it) => it.tag.toLowerCase() === tag.toLowerCase())
  const fitting = [...(exact === undefined ? [] : [exact]), ...same].find(({ script }) => scriptFits(text, script))
  return [{ said: value.slice(0, 40), source, tag: fitting?.tag ?? null, base }]
}

/** Whether a text can be in the language that was declared. One that is too short to tell can be in any of its script. */
function agrees(told: TextLanguage, tag: string, base: string): boolean {
  switch (told.kind) {
    case 'one':
      return told.tag === tag
    case 'several':
      return told.tags.includes(tag)
    case 'other':
      return baseOf(told.tag) === base
    case 'unknown':
      return true
  }
}

function disagreement(declared: readonly Declared[], chosen: Declared): Remark | null {
  const other = declared.find(({ base }) => base !== chosen.base)
  if (other === undefined) return null
  const source = other.source.replace(/^./, (it) => it.toUpperCase())
  return {
    ...{ part: 'language', code: 'article-language-disagreement', values: { names: [other.said] } },
    detail: `${source} says ${quoted(other.said)}; the text fits ${chosen.tag}, which ${chosen.source} says.`,
  }
}

function isPublished(base: string, languages: readonly Language[]): boolean {
  return languages.some(({ tag }) => baseOf(tag) === base)
}
