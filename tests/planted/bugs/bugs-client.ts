import type { Bug } from '../bugs.ts'

const refusal = ['tests/client/refusal.test.ts']

/** Bugs in how the stream client takes a refusal. */
export const clientBugs: readonly Bug[] = [
  {
    name: 'a request that was accepted before is given up after one refusal',
    file: 'src/client/back-off.ts',
    find: '(!accepted || status === 401)',
    put: '(accepted || !accepted)',
    tests: refusal,
  },
  {
    name: 'a key that is not valid any more is tried again for ever',
    file: 'src/client/back-off.ts',
    find: '(!accepted || status === 401)',
    put: '!accepted',
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
    name: 'the event stream is tried after each socket that fails',
    file: 'src/client/listener.ts',
    find: '      this.#probedInterest = this.#interest\n',
    put: '',
    tests: refusal,
  },
  {
    name: 'a listener for sockets only keeps the event stream that was tried',
    file: 'src/client/listener.ts',
    find: "if (this.#probing && this.#options.transport === 'socket' && message.type !== 'goodbye') {",
    put: 'if (this.#probing && !this.#connection) {',
    tests: refusal,
  },
  {
    name: 'a changed interest counts as accepted before the server has answered',
    file: 'src/client/listener.ts',
    find: 'const accepted = this.#acceptedInterest === this.#interest',
    put: 'const accepted = this.#acceptedInterest !== undefined',
    tests: refusal,
  },
  {
    name: 'an answer that is not the service’s is waited for by the command',
    file: 'src/cli/commands/listen-command.ts',
    find: "if (state === 'waiting' && (received || isTemporary)) return undefined",
    put: "if (state === 'waiting') return undefined",
    tests: ['tests/cli/commands/listen-command.test.ts'],
  },
]
