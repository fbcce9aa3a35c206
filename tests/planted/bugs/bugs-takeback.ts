import type { Bug } from '../bugs.ts'

/** What is taken back is not told again, and pages as seen without a thought for us. */
export const takebackBugs: readonly Bug[] = [
  {
    name: 'the matches of an entry that was rolled back are those of what came in its place',
    file: 'src/store/sqlite/interest-matches.ts',
    find: 'JSON.stringify([seq, at, alert.id, toUntouched === true])',
    put: 'JSON.stringify([seq, at !== alert.id, toUntouched === null])',
    tests: ['tests/store/sqlite/interest-matches.test.ts'],
  },
  {
    name: 'a correction touches every language',
    file: 'src/domain/change.ts',
    find: 'isForAll(change, latest) ? undefined : untouchedBy(latest, merged, note)',
    put: 'undefined',
    tests: ['tests/log/language-status.test.ts'],
  },
  {
    name: 'a retracted alert keeps its summary',
    file: 'src/domain/alert.ts',
    find: "(retracted ? { headline: text.headline, summary: '' } : text)",
    put: 'text',
    tests: ['tests/log/language-status.test.ts'],
  },
  {
    name: 'a correction is pushed where it says nothing',
    file: 'src/store/sqlite/interest-matches.ts',
    find: '(entry.toUntouched || saysSomethingIn(entry, language))',
    put: '(entry.toUntouched || true)',
    tests: ['tests/store/sqlite/outbox/sqlite-outbox.test.ts'],
  },
  {
    name: 'a correction leaves those without the alert who were still to get it',
    file: 'src/store/sqlite/outbox/sqlite-outbox.ts',
    find: 'superseded > 0 ? { ...opened, toUntouched: true }',
    put: 'superseded > 1 ? { ...opened, toUntouched: true }',
    tests: ['tests/store/sqlite/outbox/sqlite-outbox.test.ts'],
  },
  {
    name: 'a retraction of a routine alert is silent',
    file: 'src/web/service-worker/notification.ts',
    find: "kind === 'correction' || kind === 'retraction'",
    put: "kind === 'correction'",
    tests: ['tests/web/service-worker/notification.test.ts'],
  },
  {
    name: 'an alert has one feed id in all languages',
    file: 'src/http/feeds/feed-id.ts',
    find: 'encoder.encode(language)',
    put: "encoder.encode('')",
    tests: ['tests/http/feeds/feeds.test.ts'],
  },
  {
    name: 'a feed says it has not changed while it still may in that second',
    file: 'src/http/feeds/feeds.ts',
    find: 'changedMs < second(nowMs)',
    put: 'changedMs <= second(nowMs)',
    tests: ['tests/http/feeds/feeds.test.ts'],
  },
  {
    name: 'the desk counts as a reader',
    file: 'src/hub/group.ts',
    find: 'interest.isDesk ? null : matches(interest, alert)',
    put: 'matches(interest, alert)',
    tests: ['tests/hub/hub.test.ts'],
  },
  {
    name: 'an engine is believed that claims a language',
    file: 'src/domain/locale-support.ts',
    find: '!rootDate.test(november)',
    put: "november !== ''",
    tests: ['tests/web/shared/times.test.ts'],
  },
]
