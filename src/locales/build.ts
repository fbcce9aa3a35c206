import { readFileSync, writeFileSync } from 'node:fs'

const file = (tag: string) => new URL(`${tag}.json`, import.meta.url)

const letters: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['а a', 'б b', 'в v', 'г g', 'д d', 'ђ đ', 'е e', 'ж ž', 'з z', 'и i', 'ј j', 'к k', 'л l', 'љ lj', 'м m'],
    ...['н n', 'њ nj', 'о o', 'п p', 'р r', 'с s', 'т t', 'ћ ć', 'у u', 'ф f', 'х h', 'ц c', 'ч č', 'џ dž', 'ш š'],
  ].map((pair) => pair.split(' ')),
)

/** The text of `sr-Latn.json`: `sr.json` transliterated. Each Serbian Cyrillic letter has one Latin spelling. */
export function serbianInLatin(): string {
  const words = readFileSync(file('sr'), 'utf8').replace(/\p{Script=Cyrillic}/gu, latin)
  return words.replace('"language": "Serbian"', '"language": "Serbian in Latin letters"')
}

function latin(letter: string): string {
  const small = letters[letter.toLowerCase()] ?? letter
  return letter === letter.toLowerCase() ? small : small.replace(/^./u, (first) => first.toUpperCase())
}

if (import.meta.main) writeFileSync(file('sr-Latn'), serbianInLatin())
