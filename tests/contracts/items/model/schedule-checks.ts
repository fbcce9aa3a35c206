import type { Item } from '../../../../src/desk/items/item.ts'
import type { Level } from '../../../../src/domain/alert-types.ts'
import { must, mustEqual } from './failure.ts'
import { approvalSeconds, missedSeconds, newsrooms, type RulesName } from './schedule.ts'
import type { Answered, Leaving, ScheduleRun } from './schedule-run.ts'

type Approval = { readonly who: string; readonly untilMs: number }

/** What counts for the item after the acts so far, by the answers alone. */
type Standing = {
  readonly authors: ReadonlySet<string>
  readonly content: Item['content']
  readonly hash: string
  readonly approvals: readonly Approval[]
  /** On whose word it goes out. */
  readonly setOffBy: string | null
  readonly overriddenBy: string | null
  /** Whether somebody was asked, so that one approval is wanted where no rule wants one. */
  readonly isAsked: boolean
}

/** Checks one item’s end by what was answered. Gives what was published: its level, and whether it was overridden. */
export async function checkEnd(run: ScheduleRun): Promise<readonly string[]> {
  const { desk, id, leaving } = run
  const item = await desk.store.read(id)
  if (item === null) throw new Error('the item is gone')
  const acts = run.answered.toSorted((a, b) => a.item.version - b.item.version)
  await checkAudit(run, acts)
  const history = await desk.log.history(item.alertId)
  mustEqual(history.length, item.state === 'published' ? 1 : 0, 'how often it went out')
  const before = acts.filter((it) => it.item.version <= item.version)
  const standings = standingsOf(before)
  for (const [nth, act] of before.entries()) checkAct(run, act, before[nth - 1], standings[nth], standings[nth - 1])
  const [entry] = history
  const going = before.at(-1)
  const standing = standings.at(-1)
  if (entry === undefined) return []
  if (going === undefined || standing === undefined || leaving === null) throw new Error('it left unseen')
  mustEqual([entry.alert.level, entry.alert.texts], [standing.content.level, standing.content.texts], 'what went out')
  must(going.act !== 'cancel' && going.act !== 'save' && going.act !== 'create', `it went out after ${going.act}`)
  for (const tag of Object.keys(entry.alert.texts))
    must(
      newsrooms[leaving.rules].languages.some((it) => it.tag === tag),
      `${tag} was dropped before it went out`,
    )
  checkTimes(standing, going, leaving, Date.parse(entry.at))
  checkPeople(standing, leaving)
  const isOverridden = standing.overriddenBy !== null && entry.alert.level === 'flash'
  return [`${entry.alert.level}${isOverridden ? ' overridden' : ''}`]
}

async function checkAudit({ desk, id }: ScheduleRun, acts: readonly Answered[]): Promise<void> {
  const lines = (await desk.audit.read({ limit: 200 })).filter(({ itemId }) => itemId === id)
  for (const act of new Set(acts.map((it) => it.act))) {
    const noted = lines.filter((line) => line.act === act && line.by !== null).length
    // The same save again has changed nothing.
    const done = new Set(acts.filter((it) => it.act === act).map(({ item }) => item.version))
    mustEqual(noted, done.size, `how often ${act} is noted`)
  }
  const item = acts.at(-1)?.item.id
  const published = lines.filter(({ act }) => act === 'published').length
  mustEqual(published, (await desk.store.read(item ?? id))?.state === 'published' ? 1 : 0, 'lines of its publication')
}

/** What counts after each act. */
function standingsOf(acts: readonly Answered[]): readonly Standing[] {
  const standings: Standing[] = []
  let now: Standing = {
    ...{ authors: new Set(), content: {}, hash: '', approvals: [], setOffBy: null, overriddenBy: null, isAsked: false },
  }
  for (const act of acts) {
    now = standingAfter(now, act)
    standings.push(now)
  }
  return standings
}

function standingAfter(before: Standing, { act, who, item, ms }: Answered): Standing {
  const none = { approvals: [], setOffBy: null, overriddenBy: null, isAsked: false }
  const authors = new Set([...before.authors, who])
  // What says the same again was changed by nobody.
  if (act === 'save' && item.hash === before.hash) return { ...before, ...none }
  if (act === 'create' || act === 'save') return { ...none, authors, content: item.content, hash: item.hash }
  if (act === 'cancel') return { ...before, ...none }
  const isWaiting = item.state === 'held' || item.state === 'scheduled'
  const releaseMs = isWaiting && item.releaseAt !== null ? Date.parse(item.releaseAt) : 0
  /** Those that count now count until it goes out. */
  const lasting = (approvals: readonly Approval[]) =>
    approvals
      .filter(({ untilMs }) => untilMs > ms)
      .map((it) => ({ ...it, untilMs: Math.max(it.untilMs, isWaiting ? releaseMs + missedSeconds * 1_000 : 0) }))
  if (act === 'approve') {
    const own = { who, untilMs: ms + approvalSeconds * 1_000 }
    return { ...before, approvals: lasting([...before.approvals, own]) }
  }
  // Where no rule wants an approval, an editor may publish what somebody was asked for.
  if (act === 'publish') return { ...before, approvals: lasting(before.approvals), setOffBy: who, isAsked: false }
  if (act === 'override') return { ...before, ...none, setOffBy: who, overriddenBy: who }
  return { ...before, ...none, setOffBy: who, isAsked: true }
}

/** Whether an act may have been answered so, by those before it. */
function checkAct(
  run: ScheduleRun,
  { act, who, item, ms, rules, sent }: Answered,
  previous: Answered | undefined,
  after: Standing | undefined,
  before: Standing | undefined,
): void {
  if (after === undefined) throw new Error('each act has its standing')
  if (act !== 'create' && act !== 'save') mustEqual(item.hash, after.hash, `what it says after ${act}`)
  if (act === 'override') must(run.roleOf(who) === 'admin', `${who} overrides`)
  const isFlash = item.content.level === 'flash'
  if (act === 'publish' || act === 'approve') {
    must(run.roleOf(who) !== 'writer', `${who} may only write, and did ${act}`)
    must(who !== 'feed' || !isFlash, `a key that may send no flash did ${act}`)
  }
  if (act === 'approve') {
    must(!after.authors.has(who), `${who} approves what they wrote`)
    must(before?.setOffBy !== who, `${who} approves what they submitted`)
    mustEqual(sent, item.hash, 'the hash that was approved')
    const isNext = previous?.item.version === item.version - 1
    const had = previous?.item.approvals.some(({ by, until }) => by.id === who && Date.parse(until) > ms)
    must(!(isNext && had), `${who} approves twice`)
  }
  if (item.state === 'published') must(plannedMs(after, ms, rules) <= ms, `${act} published it before its time`)
  if (item.state !== 'held' && item.state !== 'scheduled') return
  mustEqual(item.releaseAt, new Date(plannedMs(after, ms, rules)).toISOString(), 'its time')
  if (after.overriddenBy === null)
    must(after.approvals.length >= wanted(after, rules), `it is ${item.state} unapproved`)
}

function plannedMs({ content }: Standing, ms: number, rules: RulesName): number {
  const { holdSeconds } = newsrooms[rules].rules.levels[content.level ?? 'flash']
  return Math.max(ms + holdSeconds * 1_000, content.publishAt === undefined ? 0 : Date.parse(content.publishAt))
}

/** How many approvals are wanted. */
function wanted({ content, isAsked }: Standing, rules: RulesName): number {
  return Math.max(newsrooms[rules].rules.levels[content.level as Level].approvals, isAsked ? 1 : 0)
}

/** Never before its time, and not by itself when it is long past. */
function checkTimes(standing: Standing, going: Answered, leaving: Leaving, atMs: number): void {
  const isAtOnce = going.item.state === 'published'
  const dueMs = isAtOnce
    ? Date.parse(standing.content.publishAt ?? '1970-01-01')
    : plannedMs(standing, going.ms, going.rules)
  must(atMs >= dueMs && leaving.ms >= dueMs, `it went out ${dueMs - Math.min(atMs, leaving.ms)} ms too early`)
  if (!isAtOnce)
    must(leaving.ms <= dueMs + missedSeconds * 1_000, `it went out ${leaving.ms - dueMs} ms late by itself`)
}

/** On whose word it went out: who set it off has a key still, and so have those who approved or overrode it. */
function checkPeople(standing: Standing, { ms, rules, ended }: Leaving): void {
  const { setOffBy, overriddenBy, approvals } = standing
  must(setOffBy !== null && !ended.has(setOffBy), `it went out on the word of ${setOffBy}`)
  if (overriddenBy !== null && !ended.has(overriddenBy)) return
  const counted = approvals.filter(({ who, untilMs }) => untilMs > ms && !ended.has(who))
  const people = new Set(counted.map(({ who }) => who))
  must(
    people.size >= wanted(standing, rules),
    `it went out with ${people.size} approvals, of ${wanted(standing, rules)}`,
  )
}
