import type { Bug } from '../bugs.ts'

const refusal = ['tests/client/refusal.test.ts']

/** Bugs in how the stream client takes a refusal. */
export const clientBugs: readonly Bug[] = [
  {
    name: 'a reader who was heard before is lost by one refusal',
    file: 'src/client/back-off.ts',
    find: '(!heard || status === 401)',
    put: '(heard || !heard)',
    tests: refusal,
  },
  {
    name: 'a key that counts no more is tried again for ever',
    file: 'src/client/back-off.ts',
    find: '(!heard || status === 401)',
    put: '!heard',
    tests: refusal,
  },
  {
    name: 'a refused socket is asked for no reason',
    file: 'src/client/listener.ts',
    find: '(code === undefined || code === 1006)',
    put: 'code === undefined',
    tests: refusal,
  },
  {
    name: 'the event stream is asked why after each socket that fails',
    file: 'src/client/listener.ts',
    find: '      this.#askedInterest = this.#interest\n',
    put: '',
    tests: refusal,
  },
  {
    name: 'whoever wants a socket only keeps the event stream that was asked',
    file: 'src/client/listener.ts',
    find: "if (this.#asking && this.#options.transport === 'socket' && frame.type !== 'goodbye') {",
    put: 'if (this.#asking && !this.#line) {',
    tests: refusal,
  },
  {
    name: 'a changed interest counts as heard before it was taken',
    file: 'src/client/listener.ts',
    find: 'const heard = this.#heardInterest === this.#interest',
    put: 'const heard = this.#heardInterest !== undefined',
    tests: refusal,
  },
  {
    name: 'an answer that is not the service’s is waited for by the command',
    file: 'src/cli/commands/listen-command.ts',
    find: "if (state === 'waiting' && (heard || asksForPatience)) return undefined",
    put: "if (state === 'waiting') return undefined",
    tests: ['tests/cli/commands/listen-command.test.ts'],
  },
]
