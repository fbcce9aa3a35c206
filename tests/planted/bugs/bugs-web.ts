import type { Bug } from '../bugs.ts'

const refill = ['tests/web/shared/refill.test.ts']
const deskApi = ['tests/web/desk/desk-api.test.ts']
const standing = ['tests/web/desk/desk-freshness.test.ts']
const subscription = ['tests/web/shared/push-subscription.test.ts']

/** The scripts of the reader page and the desk: answers that come late, twice or not at all. */
export const webBugs: readonly Bug[] = [
  {
    name: 'an answer that is older than the stream brings a retracted alert back',
    file: 'src/web/shared/refill.ts',
    find: 'return known !== undefined && known.version > alert.version ? known : alert',
    put: 'return alert',
    tests: refill,
  },
  {
    name: 'of two fillings of the list the one that is answered last wins',
    file: 'src/web/shared/refill.ts',
    find: 'if (filling !== this.#fillings) return',
    put: '',
    tests: refill,
  },
  {
    name: 'an answer of another log is taken for how things stand',
    file: 'src/web/shared/refill.ts',
    find: 'epochOf(head) !== epochOf(position) || ',
    put: '',
    tests: refill,
  },
  {
    name: 'that a changed interest holds is never told',
    file: 'src/client/listener.ts',
    find: 'this.#call(this.#options.onInterest)',
    put: '',
    tests: ['tests/client/listen.test.ts'],
  },
  {
    name: 'who leaves during a visit is subscribed again by it',
    file: 'src/web/shared/push-subscription.ts',
    find: 'await Promise.all([takeBack(saved), address.unsubscribe()]).catch(() => {})',
    put: 'await keep(name, saved)',
    tests: subscription,
  },
  {
    name: 'of two changes of a preferences both are on their way at once',
    file: 'src/web/shared/push-subscription.ts',
    find: 'sending = sent.catch(() => {})',
    put: '',
    tests: subscription,
  },
  {
    name: 'a request of the desk that is never answered never ends',
    file: 'src/web/desk/desk-api.ts',
    find: 'const attemptMsMax = 10_000',
    put: 'const attemptMsMax = 2_000_000',
    tests: deskApi,
  },
  {
    name: 'what a gateway says of itself is told as the service’s word',
    file: 'src/web/desk/desk-api.ts',
    find: "typeof type === 'string' && type.startsWith('urn:tocsin:problem:') && ",
    put: '',
    tests: deskApi,
  },
  {
    name: 'a look at the kill switch that was begun before a turn is shown after it',
    file: 'src/web/desk/desk-pause-requests.ts',
    find: '      this.#latest.begin()\n',
    put: '',
    tests: standing,
  },
  {
    name: 'a kill switch whose answer failed can be turned no more',
    file: 'src/web/desk/desk-pause-requests.ts',
    find: 'this.#isTurning = false\n      //',
    put: '//',
    tests: standing,
  },
  {
    name: 'a desk whose session has ended says only that no answer comes',
    file: 'src/web/desk/desk-freshness.ts',
    find: "if (answers.some((answer) => answer.result === 'refused' && answer.problem.status === 401)) return 'ended'",
    put: '',
    tests: standing,
  },
  {
    name: 'a draft begun anew in the same words is taken for the one that is checked',
    file: 'src/web/desk/editing/desk-draft.ts',
    find: '[draft.key, publishBody(draft)]',
    put: '[other.key, publishBody(draft)]',
    tests: ['tests/web/desk/editing/desk-draft.test.ts'],
  },
]
