import { bundleReadBytesMax } from '../../../signing/bundle-format.ts'
import type { BundleStatement, Head } from '../../../signing/statements.ts'
import type { BundleFault, EntryFault, WholeFault } from '../../../signing/verify/verify-bundle.ts'
import { ageOf, oldMs } from '../../../signing/verify/verify-statements.ts'

const wholeFaults: Readonly<Record<WholeFault, string>> = {
  'too-big': `The file has more than ${bundleReadBytesMax} bytes: it is no bundle. Nothing of it was read.`,
  'not-utf8': 'The file is not UTF-8: it is damaged or compressed, or no bundle. Nothing of it was verified.',
  cut: 'The file is cut short or damaged: it is no whole JSON. Get it again; nothing of it was verified.',
  'not-a-bundle':
    'The file is no bundle of Tocsin. One comes from /v1/bundle/{language} of a service, or is bundles/{language}.json of a mirror. The other files of a mirror or an export are checked with minisign: minisign -V -P <key> -m <file>',
  'other-version': 'The file is a bundle of another format, which this version does not know. A newer tocsin may.',
  'keys-forged': 'Its keys contradict each other or are not signed by one another. Nothing of it was verified.',
  'keys-changed': 'Its keys do not lead to the key that you gave: somebody else may have made it.',
  'statement-forged': 'What it says of itself is not signed by the newsroom: it may be put together of several files.',
  'head-forged': 'Its head (how far the log is) is not signed by the newsroom, or is of another time.',
  'mirrors-forged': 'Its list of mirrors is not signed by the newsroom.',
  altered: 'Something stands in it that nobody signed, or another program has written it anew.',
  'held-back': 'The newest entry that was signed is not in it: somebody holds entries back.',
  count: 'Entries are missing or too many: it has not as many as were signed.',
}

const entryFaults: Readonly<Record<EntryFault, string>> = {
  unsigned: 'is not signed',
  'unknown-key': 'is signed by a key that is none of the newsroom, or was not any more by then',
  forged: 'is not what the newsroom signed: it was changed, or is of another log',
  malformed: 'is signed, but no entry that can be shown',
  'not-public': 'is a test, and not for the public',
  'other-language': 'is of another language than the file',
  'out-of-order': 'is not newer than the one before it: a copy, or in another order',
  gap: 'does not follow the one before it: entries between them are missing, or not genuine',
}

/** What is wrong with a bundle, in a sentence. */
export function faultText(fault: BundleFault): string {
  if (!('nth' in fault)) return wholeFaults[fault.kind]
  const named = typeof fault.seq === 'number' ? ` (seq ${fault.seq})` : ''
  return `Entry ${fault.nth} of the file${named} ${entryFaults[fault.kind]}.`
}

/** What to do about keys that nobody has compared with any that is known. */
export const howToCheck =
  'anybody can make such a file with keys of their own. Give the public key that you know to be the newsroom’s, or its id'

/** What is to be said of the age of a bundle whose head is as of a time, in a sentence; null where it is fresh. `now` in ms. */
export function oldText(head: Head, now: number): string | null {
  return ageWords[ageOfCopy(head, now)]
}

const ageWords = {
  ahead: 'It is of a time to come: this clock is wrong, or that of its maker.',
  old: 'It is old: newer entries may have been sent since.',
  fresh: null,
} as const

/** How a bundle's head stands to this clock. `ahead`: it is of a time to come. `now` in ms. */
export function ageOfCopy(head: Head, now: number): keyof typeof ageWords {
  if (now - Date.parse(head.at) < -oldMs) return 'ahead'
  return ageOf(head, null, now) === 'old' ? 'old' : 'fresh'
}

/** How many of the newest entries a bundle does not have, in words; null: none. */
export function leftOutText({ count, leftOut }: BundleStatement): string | null {
  if (leftOut === 0) return null
  const [number, verb] = leftOut === 1 ? ['one', 'is'] : [leftOut, 'are']
  const which = count === 0 ? '' : ` of the newest ${count + leftOut}`
  return `${number}${which} ${verb} left out, for lack of room or because the file’s keys cannot verify them`
}

/** How long ago a time was, in words. */
export function ageText(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes === 0) return 'now'
  const [number, unit] =
    minutes < 120
      ? [minutes, 'minute']
      : minutes < 2_880
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1_440), 'day']
  const amount = `${number} ${unit}${number === 1 ? '' : 's'}`
  return ms < 0 ? `${amount} ahead of this clock` : `${amount} ago`
}
