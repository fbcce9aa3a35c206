import type { Formats } from './formats.ts'
import { pluralOf } from './plural-of.ts'

// Words beside a count, in the syntax of ICU's MessageFormat: `{pages, plural, one {# open page} other {# open pages}}`.

const placeholder = /\{(\w+), plural,((?: \w+ \{[^{}]*\})+)\}/g
const form = / (\w+) \{([^{}]*)\}/g

/** The plural placeholders of a text: each one's name, and its words by plural category. */
export function pluralsIn(
  text: string,
): readonly { readonly name: string; readonly forms: readonly (readonly [string, string])[] }[] {
  return [...text.matchAll(placeholder)].map(([, name = '', forms = '']) => ({ name, forms: formsOf(forms) }))
}

/**
 * A text with each plural placeholder replaced by its words for a count, in which the number is a plain placeholder:
 * `{pages} open pages`. Where no count is given, by the words of `other`.
 */
export function withForms(
  text: string,
  formats: Pick<Formats, 'plurals'>,
  countOf: (name: string) => number | undefined,
): string {
  return text.replace(placeholder, (_, name: string, forms: string) => {
    const count = countOf(name)
    const byCategory = new Map(formsOf(forms))
    const words = byCategory.get(count === undefined ? 'other' : pluralOf(formats, count)) ?? byCategory.get('other')
    return (words ?? '#').replace('#', () => `{${name}}`)
  })
}

function formsOf(forms: string): readonly (readonly [string, string])[] {
  return [...forms.matchAll(form)].map(([, category = '', words = '']) => [category, words])
}
