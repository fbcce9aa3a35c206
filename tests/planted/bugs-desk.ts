import type { Bug } from './bugs.ts'

const dialogs = ['tests/browser/desk-dialogs.test.ts']
const changed = ['tests/browser/desk-changed.test.ts']

/** The desk, its dialogs and lists, what people read, and the commands that publish. */
export const deskBugs: readonly Bug[] = [
  {
    name: 'a list that is put in order moves what has the focus',
    file: 'src/web/desk-list.ts',
    find: 'if (at !== focused) list.insertBefore',
    put: 'list.insertBefore',
    tests: dialogs,
  },
  {
    name: 'a dialog that closes leaves the focus at the page’s beginning',
    file: 'src/web/deliberate.ts',
    find: 'if (isFocusLost() || dialog.contains(document.activeElement)) focusBack()',
    put: '',
    tests: dialogs,
  },
  {
    name: 'a changed card drops the focus that its headline had',
    file: 'src/web/desk-card.ts',
    find: "if (isAtTitle) this.#title.querySelector('a')?.focus()",
    put: 'if (isAtTitle) return',
    tests: dialogs,
  },
  {
    name: 'a retraction on an older version needs no second tick',
    file: 'src/web/deliberate.ts',
    find: "if (outcome !== null && typeof outcome === 'object') tick.checked = false",
    put: '',
    tests: changed,
  },
  {
    name: 'a retraction goes on with the version that was refused',
    file: 'src/web/desk-retract.ts',
    find: 'version = changed.version',
    put: 'version = alert.version',
    tests: changed,
  },
  {
    name: 'an ended session loses the note of a retraction',
    file: 'src/web/desk-retract.ts',
    find: 'begun.set(alert.id, { key, note: written(notes) })',
    put: 'begun.set(alert.id, { key, note: {} })',
    tests: changed,
  },
  {
    name: 'who goes on from the newest version has no focus',
    file: 'src/web/desk.ts',
    find: "begin(rebased(draft, newest))\n      byId('texts', HTMLElement).querySelector('textarea')?.focus()",
    put: 'begin(rebased(draft, newest))',
    tests: changed,
  },
  {
    name: 'a rehearsed correction counts readers of untouched languages by push',
    file: 'src/http/rehearsal.ts',
    find: 'if (language !== null && isHeardIn(language)) at(language).push',
    put: 'if (language !== null) at(language).push',
    tests: ['tests/rehearsal-audience.test.ts'],
  },
  {
    name: 'a rehearsed correction counts readers of untouched languages by socket',
    file: 'src/http/rehearsal.ts',
    find: 'if (isHeardIn(language)) at(language).sockets',
    put: 'at(language).sockets',
    tests: ['tests/rehearsal-audience.test.ts'],
  },
  {
    name: 'twenty-one of a thing are one',
    file: 'src/plural.ts',
    find: "rules.select(count) === 'one'",
    put: 'count % 10 === 1',
    tests: ['tests/plural.test.ts'],
  },
  {
    name: 'a command publishes without waiting for the answer',
    file: 'src/cli/post.ts',
    find: 'return /^y(es)?$/i.test(answer.trim())',
    put: "return answer.trim() !== 'no'",
    tests: ['tests/cli-post.test.ts'],
  },
  {
    name: 'a script that says --yes is asked',
    file: 'src/cli/post.ts',
    find: 'shell.ask === null || flags.yes ||',
    put: 'shell.ask === null ||',
    tests: ['tests/cli-post.test.ts'],
  },
  {
    name: 'a feed is as old as its oldest alert',
    file: 'src/http/feeds.ts',
    find: 'return changes.at(-1) ??',
    put: 'return changes.at(0) ??',
    tests: ['tests/feeds-clock.test.ts'],
  },
  {
    name: 'a topic stands at the link before it',
    file: 'src/http/alert-card.ts',
    find: '(topic) => html` <bdi class="topic">',
    put: '(topic) => html`<bdi class="topic">',
    tests: ['tests/page-text.test.ts'],
  },
]
