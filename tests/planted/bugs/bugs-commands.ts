import type { Bug } from '../bugs.ts'

const lost = ['tests/cli/cli-lost.test.ts']
const lines = ['tests/cli/commands/subscriptions-command.test.ts']

/** Bugs in what the commands say and send. */
export const commandBugs: readonly Bug[] = [
  {
    name: 'whoever stops a publication is not told that it may be out',
    file: 'src/cli/service-client.ts',
    find: 'if (signal.aborted) throw mayBeTaken ? new Stopped(lost) : error',
    put: 'if (signal.aborted) throw error',
    tests: lost,
  },
  {
    name: 'whoever goes on with a change is not told its version',
    file: 'src/cli/commands/post.ts',
    find: "version === undefined ? '' :",
    put: "version !== '' ? '' :",
    tests: lost,
  },
  {
    name: 'a change goes on without a version',
    file: 'src/cli/commands/revise.ts',
    find: 'if (earlier !== undefined && !isDryRun',
    put: 'if (earlier === null && !isDryRun',
    tests: lost,
  },
  {
    name: 'a line that is no UTF-8 is sent with other characters',
    file: 'src/cli/commands/chunks.ts',
    find: 'fatal: true',
    put: 'fatal: false',
    tests: lines,
  },
  {
    name: 'a bad line shifts the numbers of those behind it',
    file: 'src/cli/commands/chunks.ts',
    find: '    gathered.push(text)\n',
    put: "    if (typeof line === 'string') gathered.push(text)\n",
    tests: lines,
  },
  {
    name: 'an export breaks off because its taker is slow',
    file: 'src/cli/commands/subscriptions-command.ts',
    find: '      silence.end()\n      await',
    put: '      await',
    tests: lines,
  },
  {
    name: 'the answer to one change of interest counts for the newest',
    file: 'src/client/listener.ts',
    find: 'this.#unansweredInterests.shift() ?? this.#acceptedInterest',
    put: 'this.#connectionInterest',
    tests: ['tests/client/refusal.test.ts'],
  },
  {
    name: 'a program is started after a stop',
    file: 'src/cli/commands/serve.ts',
    find: 'if (stop.aborted) return Promise.resolve(1)',
    put: '',
    tests: ['tests/cli/commands/serve.test.ts'],
  },
]
