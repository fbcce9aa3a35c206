import type { Bug } from '../bugs.ts'

const account = 'tests/web/desk/account/account.test.ts'
const accountState = 'tests/web/desk/account/account-state.test.ts'
const ownPresence = 'tests/web/desk/items/own-presence.test.ts'
const templateForm = 'tests/web/desk/templates/template-form.test.ts'

/** Bugs in what the desk's page does for account and keys, for who has an item open, and for templates. */
export const webAccountBugs: readonly Bug[] = [
  {
    name: 'everybody’s sessions are shown as one’s own',
    file: 'src/web/desk/account/account-state.ts',
    find: 'filter(({ editor }) => editor.id === me?.id)',
    put: "filter(({ editor }) => editor.id !== '')",
    tests: [accountState],
  },
  {
    name: 'the only admin is offered to revoke their own key by another',
    file: 'src/web/desk/account/account-state.ts',
    find: "key.role === 'admin' && key.id !== id",
    put: "key.role === 'admin'",
    tests: [accountState],
  },
  {
    name: 'a key that is made without flashes may send them',
    file: 'src/web/desk/account/account-state.ts',
    find: "const isUsual = role === 'writer' || chosen.length === levels.length",
    put: "const isUsual = role === 'writer' || chosen.length > 0",
    tests: [accountState],
  },
  {
    name: 'the form keeps what the key before was made for',
    file: 'src/web/desk/account/account-state.ts',
    find: 'return { ...state, form: newForm, mistakes: []',
    put: 'return { ...state, mistakes: []',
    tests: [accountState],
  },
  {
    name: 'older lines of the audit log stand there twice',
    file: 'src/web/desk/account/account-state.ts',
    find: 'page.lines.filter(({ id }) => !known.has(id))',
    put: 'page.lines',
    tests: [accountState],
  },
  {
    name: 'lines of the audit log are missing between the newest and the older ones',
    file: 'src/web/desk/account/account-state.ts',
    find: '|| isGapBetween(state, page))',
    put: '|| audit.lines.length === 0)',
    tests: [accountState],
  },
  {
    name: 'two presses make two keys',
    file: 'src/web/desk/account/account-requests.ts',
    find: '    if (this.#isActing) return null\n',
    put: '',
    tests: [account],
  },
  {
    name: 'a key that was just made is lost to the Escape key',
    file: 'src/web/desk/account/account.ts',
    find: 'return made === null && hooks.made === null',
    put: 'return hooks.made === null',
    tests: [account],
  },
  {
    name: 'a closed account still holds the key that was made',
    file: 'src/web/desk/account/account.ts',
    find: '    this.#requests.turn()\n    this.#state = noAccount\n    this.#deps.changed',
    put: '    this.#requests.turn()\n    this.#deps.changed',
    tests: [account],
  },
  {
    name: 'what an answer says to who has left is shown to who comes after',
    file: 'src/web/desk/account/account-requests.ts',
    find: 'return isStill() ? answer : null',
    put: 'return answer',
    tests: [account],
  },
  {
    name: 'who was not signed out everywhere is told so',
    file: 'src/web/desk/account/account.ts',
    find: "(isRepeated && answer.result === 'refused'",
    put: "(answer.result === 'refused'",
    tests: [account],
  },
  {
    name: 'whether a key was made is said to be known without an answer',
    file: 'src/web/desk/account/account.ts',
    find: "else if (answer.result === 'lost') this.#requests.fail('make', answer.detail ?? t('madeUnknown'))",
    put: '',
    tests: [account],
  },
  {
    name: 'the desk says of no item again that it is open still',
    file: 'src/web/desk/items/own-presence.ts',
    find: 'this.#timer = this.#deps.every(() => this.#say(open, true), renewalMs)',
    put: '',
    tests: [ownPresence],
  },
  {
    name: 'the desk sets a lock again that an admin has ended',
    file: 'src/web/desk/items/own-presence.ts',
    find: 'this.#say(open, true), renewalMs',
    put: 'this.#say(open, false), renewalMs',
    tests: [ownPresence],
  },
  {
    name: 'what is left stays locked for a minute',
    file: 'src/web/desk/items/own-presence.ts',
    find: 'if (before !== null && before.id !== open?.id) this.leave(before)',
    put: '',
    tests: [ownPresence],
  },
  {
    name: 'a template is filled over what somebody wrote',
    file: 'src/web/desk/templates/template-form.ts',
    find: 'Object.fromEntries([...added, ...written])',
    put: 'Object.fromEntries([...written, ...added])',
    tests: ['tests/web/desk/templates/template-form.test.ts'],
  },
  {
    name: 'a template changes the level that was chosen',
    file: 'src/web/desk/templates/template-form.ts',
    find: "level: draft.level === '' ? (filled.level ?? '') : draft.level",
    put: "level: filled.level ?? ''",
    tests: [templateForm],
  },
  {
    name: 'one language’s own word takes the others theirs',
    file: 'src/web/desk/templates/template-form.ts',
    find: "...(all === '' ? [] : everywhere), ...own]",
    put: '...own]',
    tests: [templateForm],
  },
  {
    name: 'that a written text was not replaced is said of none',
    file: 'src/web/desk/templates/template-form.ts',
    find: 'const kept = written.map(([tag]) => tag).filter((tag) => filled.texts[tag] !== undefined)',
    put: 'const kept = written.map(([tag]) => tag).filter((tag) => filled.texts[tag] === undefined)',
    tests: [templateForm],
  },
  {
    name: 'which languages a template leaves open is not said',
    file: 'src/web/desk/templates/template-form.ts',
    find: 'missing: languages.filter((tag) => texts[tag] === undefined)',
    put: 'missing: []',
    tests: [templateForm],
  },
]
