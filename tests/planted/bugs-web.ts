import type { Bug } from './bugs.ts'

const refill = ['tests/refill.test.ts']
const subscription = ['tests/web-subscription.test.ts']

/** The scripts of the reader page and the desk: answers that come late, twice or not at all. */
export const webBugs: readonly Bug[] = [
  {
    name: 'an answer that is older than the stream brings a retracted alert back',
    file: 'src/web/refill.ts',
    find: 'return known !== undefined && known.version > alert.version ? known : alert',
    put: 'return alert',
    tests: refill,
  },
  {
    name: 'of two fillings of the list the one that is answered last wins',
    file: 'src/web/refill.ts',
    find: 'if (filling !== this.#fillings) return',
    put: '',
    tests: refill,
  },
  {
    name: 'an answer of another log is taken for how things stand',
    file: 'src/web/refill.ts',
    find: 'epochOf(head) !== epochOf(position) || ',
    put: '',
    tests: refill,
  },
  {
    name: 'that a changed interest holds is never told',
    file: 'src/client/listener.ts',
    find: 'this.#call(this.#options.onInterest)',
    put: '',
    tests: ['tests/client.test.ts'],
  },
  {
    name: 'who leaves during a visit is subscribed again by it',
    file: 'src/web/subscription.ts',
    find: 'await Promise.all([takeBack(saved), address.unsubscribe()]).catch(() => {})',
    put: 'await keep(name, saved)',
    tests: subscription,
  },
  {
    name: 'of two changes of a wish both are on their way at once',
    file: 'src/web/subscription.ts',
    find: 'sending = sent.catch(() => {})',
    put: '',
    tests: subscription,
  },
]
