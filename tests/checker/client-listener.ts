import { listen } from '../../src/client/listen.ts'
import type { Interest } from '../../src/domain/interest.ts'
import { digestOf, type Heard, type Session } from './judge.ts'
import type { Ending } from './listener.ts'

/** A reader by our own client: what it hands over must be as if it had never been disconnected. */
export function clientListener(url: string, interest: Interest, transport: 'socket' | 'events', ending: Ending) {
  const heard: Heard[] = []
  const session: Session = { given: null, honest: true, heard }
  let live = () => {}
  const begun = new Promise<void>((resolve) => {
    live = resolve
  })
  let done = () => {}
  const finished = new Promise<void>((resolve) => {
    done = resolve
  })
  const look = () => {
    const seq = heard.at(-1)?.position ?? 0
    if (ending.seq !== null && seq >= ending.seq) done()
  }
  const { languages, topics, level } = interest
  const listening = listen<object>({
    ...{ url, languages, topics, level, transport },
    // Ten times as eager as in life, where a test would be too long.
    world: { random: () => Math.random() / 10 },
    onEntry({ seq, cursor, kind, at, alert }) {
      const text = JSON.stringify({ type: 'alert', seq, cursor, kind, at, alert })
      heard.push({ type: 'alert', position: seq, digest: digestOf(text) })
      look()
    },
    onReset: ({ reason }) => void heard.push({ type: 'reset', position: null, reason }),
    onState(state) {
      if (state !== 'live' || heard.length > 0) return
      heard.push({ type: 'welcome', resume: 'live', position: Number(listening.cursor?.split('.')[1]) })
      live()
    },
  })
  return { interest, session, begun, finished, look, close: () => listening.close() }
}
