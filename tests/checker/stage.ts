import type { Interest } from '../../src/domain/interest.ts'
import type { Chance } from './chance.ts'
import { clientListener } from './client-listener.ts'
import { Expected, judge, judgeLog, type Log, type Witness } from './judge.ts'
import { type CountEvent, type Ending, WildListener } from './listener.ts'
import { Publisher, topics } from './publisher.ts'

const clientCount = 20
const testerCount = 6
const publisherCount = 4

type StageOptions = {
  /** The service of each connection and each request of those who know several. */
  readonly chooseUrl: () => string
  /** Where the readers with our own client connect: they know one address. */
  readonly clientUrl: string
  readonly wildCount: number
  readonly chance: Chance
  readonly count: CountEvent
}

export type Stage = ReturnType<typeof setStage>

/** Everyone who takes part, noting what they see. */
export function setStage({ chooseUrl, clientUrl, wildCount, chance, count }: StageOptions) {
  const ending: Ending = { calm: false, seq: null }
  const testEnding: Ending = { calm: false, seq: null }
  const all: Interest = { audience: 'public', languages: '*', topics: [], level: 'routine' }
  const wild = (listenerCount: number, audience: Interest['audience'], until: Ending) =>
    Array.from(
      { length: listenerCount },
      () => new WildListener(chooseUrl, someInterest(chance, audience), chance, until, count),
    )
  const dammed = new WildListener(chooseUrl, all, chance, ending, count, true)
  const listeners = [...wild(wildCount, 'public', ending), dammed, ...wild(testerCount, 'test', testEnding)]
  const clients = Array.from({ length: clientCount }, (_, index) =>
    clientListener(clientUrl, someInterest(chance), index % 2 === 0 ? 'socket' : 'events', ending),
  )
  const chief = new Publisher(chooseUrl, 'Chief', chance)
  const others = Array.from(
    { length: publisherCount - 1 },
    (_, index) => new Publisher(chooseUrl, `Editor ${index}`, chance),
  )
  return { listeners, dammed, clients, chief, editors: [chief, ...others], ending, testEnding }
}

function someInterest(chance: Chance, audience: Interest['audience'] = 'public'): Interest {
  const tags = chance.some(['fa', 'ru', 'uk', 'be', 'ro'], 0.3)
  return {
    audience,
    languages: chance.next() < 0.03 ? '*' : [...tags, 'en'],
    topics: chance.next() < 0.5 ? [] : chance.some(topics, 0.4).sort(),
    level: chance.pick(['routine', 'routine', 'urgent', 'flash']),
  }
}

/** Everyone reads and posts while `act` runs; then the last alert is posted, and awaited by all. */
export async function perform(stage: Stage, act: () => Promise<void>): Promise<void> {
  const running = Promise.all(stage.listeners.map((listener) => listener.run()))
  await Promise.all(stage.clients.map(({ begun }) => begun))
  const stop = new AbortController()
  const posting = Promise.all(stage.editors.map((editor) => editor.run(stop.signal)))
  await act()
  stop.abort()
  await posting
  await finish(stage, running)
}

/** Posts what everyone waits for, and waits until they have it. */
async function finish({ chief, ending, testEnding, listeners, clients }: Stage, running: Promise<unknown>) {
  const last = { level: 'flash', texts: { en: { headline: 'The end', summary: '' } } }
  Object.assign(ending, { calm: true, seq: (await chief.post('/v1/alerts', last)).seq })
  Object.assign(testEnding, { calm: true, seq: (await chief.post('/v1/alerts', { ...last, audience: 'test' })).seq })
  for (const one of [...listeners, ...clients]) one.look()
  await Promise.all([running, ...clients.map(({ finished }) => finished)])
}

/** All notes held against the log: how much there was, and every violation. */
export function verdictOf(stage: Stage, log: Log) {
  const expected = new Expected(log)
  const witnesses = witnessesOf(stage)
  const acknowledged = stage.editors.flatMap((editor) => editor.acknowledged)
  return {
    entries: log.entries.length,
    told: witnesses.flatMap(({ sessions }) => sessions.flatMap(({ heard }) => heard)).length,
    retries: stage.editors.reduce((sum, editor) => sum + editor.retries, 0),
    violations: [...judgeLog(acknowledged, log), ...witnesses.flatMap((it) => judge(it, log, expected))],
  }
}

function witnessesOf({ listeners, clients, ending, testEnding }: Stage): readonly Witness[] {
  return [
    ...listeners.map(({ interest, sessions }, index): Witness => {
      const until = (interest.audience === 'test' ? testEnding : ending).seq ?? 0
      return { name: `listener ${index}`, interest, sessions, until }
    }),
    ...clients.map(({ interest, session }, index): Witness => {
      return { name: `client ${index}`, interest, sessions: [session], until: ending.seq ?? 0 }
    }),
  ]
}
