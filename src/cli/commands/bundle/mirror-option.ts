import { InvalidArgumentError, Option } from 'commander'
import type { Via } from '../../../client/listen.ts'
import { codeText, type Shell } from '../../shell.ts'
import { ageText } from './bundle-words.ts'

/** The option that names mirrors by hand, again and again. */
export const mirrorOption = () =>
  new Option(
    '--mirror <address>',
    'a mirror to read while the service does not answer, besides those that it has told; may be given several times (needs --verify)',
  ).argParser((text: string, earlier: readonly string[] = []) => [...earlier, mirrorOf(text)])

function mirrorOf(text: string): string {
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) return text
  throw new InvalidArgumentError('It is the address of a folder, such as https://mirror.example/tocsin/.')
}

/** Where news come from while the service does not answer, in a sentence. `now` in ms. */
export function viaText({ mirror, at }: Via, now: number, shell: Shell): string {
  return `The service does not answer; from the mirror ${codeText(shell, mirror)}, as of ${codeText(shell, at)} (${ageText(now - Date.parse(at))})`
}
