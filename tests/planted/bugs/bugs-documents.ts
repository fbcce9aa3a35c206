import type { Bug } from '../bugs.ts'

/** Bugs of translations and of documents. */
export const documentBugs: readonly Bug[] = [
  {
    name: 'a translation loses the value that stands in a sentence',
    file: 'src/locales/fa.json',
    find: '"lastCame": "آخرین اعلان: {time}"',
    put: '"lastCame": "آخرین اعلان"',
    tests: ['tests/locales/locales.test.ts'],
  },
  {
    name: 'a language without words of its own shows nothing',
    file: 'src/http/pages/page-words.ts',
    find: '(words[key] ?? english.pages[key])',
    put: "(words[key] ?? '')",
    tests: ['tests/http/pages/page-words.test.ts'],
  },
  {
    name: 'a notification has no words in a language that has none of its own',
    file: 'src/push/send/payload-words.ts',
    find: '...english.notifications, ',
    put: '',
    tests: ['tests/push/send/payload.test.ts'],
  },
  {
    name: 'Serbian is changed in Cyrillic letters only',
    file: 'src/locales/sr.json',
    find: '"language": "Serbian",',
    put: '"language": "Serbian (Cyrillic)",',
    tests: ['tests/locales/locales.test.ts'],
  },
  {
    name: 'a document names a default that is no more',
    file: 'docs/operating.md',
    find: '| `DRAIN_SECONDS` | `10` |',
    put: '| `DRAIN_SECONDS` | `30` |',
    tests: ['tests/docs/operating.test.ts'],
  },
  {
    name: 'a document leads to a file that has moved',
    file: 'ARCHITECTURE.md',
    find: '| where a close code is defined | `src/protocol/close-codes.ts` |',
    put: '| where a close code is defined | `src/node/close-codes.ts` |',
    tests: ['tests/docs/links.test.ts'],
  },
  {
    name: 'an example in Python does not keep its cursor',
    file: 'docs/protocol.md',
    find: '                stored.write_text(event["id"])\n',
    put: '                pass\n',
    tests: ['tests/docs/examples.test.ts'],
  },
]
