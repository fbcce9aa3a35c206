import type { Bug } from '../bugs.ts'

/** Bugs of the commands, the scripts and what they say to a person. */
export const operateBugs: readonly Bug[] = [
  {
    name: 'a shell stays between npm and the service',
    file: 'package.json',
    find: 'npm run --silent build && exec env MALLOC_ARENA_MAX=2 node --max-semi-space-size=1 dist/node/main.js',
    put: 'npm run --silent build && env MALLOC_ARENA_MAX=2 node --max-semi-space-size=1 dist/node/main.js',
    tests: ['tests/flows/scripts.test.ts'],
  },
  {
    name: 'what npx leaves behind runs on',
    file: 'src/cli/parent-exit.ts',
    find: "env.npm_command !== 'exec'",
    put: "env.npm_command !== 'npx'",
    tests: ['tests/flows/scripts.test.ts'],
  },
  {
    name: 'what is missing at the first start is a line for machines',
    file: 'src/node/service.ts',
    find: 'notes: [...deps.notes, ...warnings]',
    put: 'notes: warnings',
    tests: ['tests/flows/scripts.test.ts'],
  },
  {
    name: 'a pipe that nobody reads any more is trouble',
    file: 'src/cli/main.ts',
    find: "error.code === 'EPIPE' ? 0 : 1",
    put: "error.code === 'EPIPE' ? 1 : 0",
    tests: ['tests/cli/pipes.test.ts'],
  },
  {
    name: 'a message names a command that is not there',
    file: 'src/cli/doctor/doctor-basics.ts',
    find: 'npx tocsin editors add',
    put: 'npx tocsin editor add',
    tests: ['tests/cli/commands/commands-named.test.ts'],
  },
  {
    name: 'a message names a flag that is not there',
    file: 'src/cli/commands/listen-command.ts',
    find: 'To go on from there: npx tocsin listen --after',
    put: 'To go on from there: npx tocsin listen --from',
    tests: ['tests/cli/commands/commands-named.test.ts'],
  },
  {
    name: 'the doctor knocks past the proxy',
    file: 'src/cli/doctor/doctor-push.ts',
    find: 'new Agent({ proxyEnv })',
    put: 'new Agent({ proxyEnv: {} })',
    tests: ['tests/cli/doctor/doctor-address.test.ts'],
  },
  {
    name: 'the doctor looks at the first change of the newest alert',
    file: 'src/cli/doctor/doctor-delivery.ts',
    find: 'one.seq > it.seq',
    put: 'one.seq < it.seq',
    tests: ['tests/cli/doctor/doctor-address.test.ts'],
  },
  {
    name: 'a test flag overrules a file that says public',
    file: 'src/cli/commands/publish.ts',
    find: "audience !== undefined && audience !== 'test'",
    put: "audience === 'test'",
    tests: ['tests/cli/commands/sources.test.ts'],
  },
  {
    name: 'the environment wins over a flag',
    file: 'src/cli/service-client.ts',
    find: 'url ?? env.TOCSIN_URL',
    put: 'env.TOCSIN_URL ?? url',
    tests: ['tests/cli/commands/sources.test.ts'],
  },
]
