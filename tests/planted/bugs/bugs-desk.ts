import type { Bug } from '../bugs.ts'

const dialogs = ['tests/browser/desk-dialogs.test.ts']
const changed = ['tests/browser/desk-changed.test.ts']

/** The desk, its dialogs and lists, what people read, and the commands that publish. */
export const deskBugs: readonly Bug[] = [
  {
    name: 'a list that is put in order moves what has the focus',
    file: 'src/web/desk/desk-list.ts',
    find: 'if (at !== focused) list.insertBefore',
    put: 'list.insertBefore',
    tests: dialogs,
  },
  {
    name: 'a dialog that closes leaves the focus at the page’s beginning',
    file: 'src/web/desk/editing/confirmation-dialog.ts',
    find: 'if (isFocusLost() || dialog.contains(document.activeElement)) focusBack()',
    put: '',
    tests: dialogs,
  },
  {
    name: 'a changed card drops the focus that its headline had',
    file: 'src/web/desk/desk-card.ts',
    find: "if (isAtTitle) this.#title.querySelector('a')?.focus()",
    put: 'if (isAtTitle) return',
    tests: dialogs,
  },
  {
    name: 'a retraction on an older version needs no second tick',
    file: 'src/web/desk/editing/confirmation-dialog.ts',
    find: "if (outcome !== null && typeof outcome === 'object') tick.checked = false",
    put: '',
    tests: changed,
  },
  {
    name: 'a retraction goes on with the version that was refused',
    file: 'src/web/desk/editing/desk-retract.ts',
    find: 'version = changed.version',
    put: 'version = alert.version',
    tests: changed,
  },
  {
    name: 'an ended session loses the note of a retraction',
    file: 'src/web/desk/editing/desk-retract.ts',
    find: 'begun.set(alert.id, { key, note: written(notes) })',
    put: 'begun.set(alert.id, { key, note: {} })',
    tests: changed,
  },
  {
    name: 'who goes on from the newest version has no focus',
    file: 'src/web/desk/desk-app.ts',
    find: "begin(rebased(draft, newest))\n      byId('texts', HTMLElement).querySelector('textarea')?.focus()",
    put: 'begin(rebased(draft, newest))',
    tests: changed,
  },
  {
    name: 'a rehearsed correction counts readers of untouched languages by push',
    file: 'src/http/api/desk/dry-run.ts',
    find: 'if (language !== null && isHeardIn(language)) at(language).push',
    put: 'if (language !== null) at(language).push',
    tests: ['tests/http/api/desk/dry-run-audience.test.ts'],
  },
  {
    name: 'a rehearsed correction counts readers of untouched languages by socket',
    file: 'src/http/api/desk/dry-run.ts',
    find: 'if (isHeardIn(language)) at(language).sockets',
    put: 'at(language).sockets',
    tests: ['tests/http/api/desk/dry-run-audience.test.ts'],
  },
  {
    name: 'twenty-one of a thing are one',
    file: 'src/domain/plural.ts',
    find: "rules.select(count) === 'one'",
    put: 'count % 10 === 1',
    tests: ['tests/domain/plural.test.ts'],
  },
  {
    name: 'a command publishes without waiting for the answer',
    file: 'src/cli/commands/post.ts',
    find: 'return /^y(es)?$/i.test(answer.trim())',
    put: "return answer.trim() !== 'no'",
    tests: ['tests/cli/commands/post.test.ts'],
  },
  {
    name: 'a script that says --yes is asked',
    file: 'src/cli/commands/post.ts',
    find: 'shell.ask === null || flags.yes ||',
    put: 'shell.ask === null ||',
    tests: ['tests/cli/commands/post.test.ts'],
  },
  {
    name: 'a feed is as old as its oldest alert',
    file: 'src/http/feeds/feeds.ts',
    find: 'return changes.at(-1) ??',
    put: 'return changes.at(0) ??',
    tests: ['tests/http/feeds/feeds-clock.test.ts'],
  },
  {
    name: 'a topic stands at the link before it',
    file: 'src/http/pages/alert-card.ts',
    find: '(topic) => html` <bdi class="topic">',
    put: '(topic) => html`<bdi class="topic">',
    tests: ['tests/http/page-text.test.ts'],
  },
]
