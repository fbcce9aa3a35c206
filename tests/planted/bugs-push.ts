import type { Bug } from './bugs.ts'

const goaway = ['tests/http2-goaway.test.ts']

/** Bugs on the way to the push services. */
export const pushBugs: readonly Bug[] = [
  {
    name: 'what waits is begun on a connection that was sent away',
    file: 'src/node/http2-link.ts',
    find: `    this.#retire()
    for (const [stream, ask] of this.#asks) {
      if (stream <= last) continue
      this.#uploads.end(stream)
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(stream, ask, '')
    }
`,
    put: `    for (const [stream, ask] of this.#asks) {
      if (stream <= last) continue
      this.#uploads.end(stream)
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(stream, ask, '')
    }
    this.#retire()
`,
    tests: goaway,
  },
  {
    name: 'the last stream of a GOAWAY is taken for one that was not looked at',
    file: 'src/node/http2-link.ts',
    find: 'if (stream <= last) continue',
    put: 'if (stream < last) continue',
    tests: goaway,
  },
]
