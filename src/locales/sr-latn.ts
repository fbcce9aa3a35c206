import type { Words } from './en.ts'
import { sr } from './sr.ts'

const letters: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['а a', 'б b', 'в v', 'г g', 'д d', 'ђ đ', 'е e', 'ж ž', 'з z', 'и i', 'ј j', 'к k', 'л l', 'љ lj', 'м m'],
    ...['н n', 'њ nj', 'о o', 'п p', 'р r', 'с s', 'т t', 'ћ ć', 'у u', 'ф f', 'х h', 'ц c', 'ч č', 'џ dž', 'ш š'],
  ].map((pair) => pair.split(' ')),
)

/** Serbian in Latin letters: the Cyrillic words letter by letter, as the two alphabets are made for. */
export const srLatn: Words = Object.fromEntries(
  Object.entries(sr).map(([key, words]) => [key, words.replace(/\p{Script=Cyrillic}/gu, latin)]),
)

function latin(letter: string): string {
  const small = letters[letter.toLowerCase()] ?? letter
  return letter === letter.toLowerCase() ? small : small.replace(/^./u, (first) => first.toUpperCase())
}
