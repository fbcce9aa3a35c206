import type { Bug } from '../bugs.ts'

const streams = ['tests/protocol/stream-request.test.ts']
const mistakes = ['tests/domain/mistakes.test.ts']
const pauses = ['tests/desk/pause.test.ts']

/** Queries and bodies with something wrong in them. */
export const queriesBugs: readonly Bug[] = [
  {
    name: 'a parameter that is not known is passed over',
    file: 'src/protocol/query-parameters.ts',
    find: 'if (parameter === undefined) refusals.push([name, unknownParameter(name, Object.keys(known), reading)])',
    put: 'if (parameter === undefined) continue',
    tests: streams,
  },
  {
    name: 'of a parameter that is given twice the first counts',
    file: 'src/protocol/query-parameters.ts',
    find: '    else refusals.push([name, repeatedParameter(name, reading)])\n',
    put: '',
    tests: streams,
  },
  {
    name: 'of a list that is given twice the last counts',
    file: 'src/protocol/query-parameters.ts',
    find: '[former, value].filter',
    put: '[value].filter',
    tests: streams,
  },
  {
    name: 'a name that every object has is known everywhere',
    file: 'src/protocol/query-parameters.ts',
    find: 'Object.hasOwn(known, name) ? known[name] : undefined',
    put: 'known[name]',
    tests: streams,
  },
  {
    name: 'of two deps of a request that are refused, only the first is told',
    file: 'src/domain/problem.ts',
    find: 'throw second === undefined\n    ? first',
    put: 'throw first !== undefined\n    ? first',
    tests: mistakes,
  },
  {
    name: 'what is not the input’s fault waits for the rest to be looked at, and is told as its mistake',
    file: 'src/domain/problem.ts',
    find: 'if (!(error instanceof Problem) || error.status !== 400) throw error\n      refused.push',
    put: 'if (!(error instanceof Problem)) throw error\n      refused.push',
    tests: mistakes,
  },
  {
    name: 'a mistake without a pointer has none among others either',
    file: 'src/domain/problem.ts',
    find: 'refused.push(pointed(error, name))',
    put: 'refused.push(error)',
    tests: mistakes,
  },
  {
    name: 'what the values say is not told beside an unknown name',
    file: 'src/protocol/query-parameters.ts',
    find: 'errors: [...errors, ...error.errors]',
    put: 'errors: [...errors]',
    tests: mistakes,
  },
  {
    name: 'a key that is on no curve hides behind a wrong endpoint',
    file: 'src/push/subscriptions/push-address.ts',
    find: '      if (!p256dh.safeParse(key).success ||',
    put: '      if (endpointFault(String(endpoint), hosts) !== null || !p256dh.safeParse(key).success ||',
    tests: mistakes,
  },
  {
    name: 'the body’s audience is overruled by the address’s',
    file: 'src/push/subscriptions/subscribe.ts',
    find: `typeof inBody !== 'string' || inAddress === inBody) return`,
    put: `typeof inBody !== 'string' || inAddress !== inBody) return`,
    tests: mistakes,
  },
  {
    name: 'a misspelt topic hides behind a missing reason for the pause',
    file: 'src/desk/pause.ts',
    find: `parse(pauseSchema, input, what, (raw) => unknownPlacesIn(raw, known))`,
    put: `parse(pauseSchema, input, what, (raw) => (Object(raw).reason ? unknownPlacesIn(raw, newsroom) : []))`,
    tests: [...pauses, ...mistakes],
  },
  {
    name: 'an expiry that has passed hides behind another mistake',
    file: 'src/desk/desk.ts',
    find: "parseAll('alert', { alert: refused, expiresAt: expiry })",
    put: "parseAll('alert', { alert: refused })",
    tests: mistakes,
  },
]
