import fc from 'fast-check'
import { levels } from '../../../../src/domain/alert-types.ts'
import { people } from '../items-rig.ts'
import { type Actor, type Attempt, newsrooms, type RulesName, type Schedule, type Step } from './schedule.ts'

// Chance alone seldom comes to where a mistake would show, such as a key that ends in the hold of a flash with two approvals.
// So most schedules have a story in their midst that leads there, with chance before, in and after it.

type Drawn<Value> = fc.Arbitrary<Value>

const person = fc.constantFrom<Actor>(...(Object.keys(people) as Actor[]), 'guest', 'feed')
const level = fc.constantFrom(...levels)
const among = <Value>(...values: readonly Value[]): Drawn<Value> => fc.constantFrom(...values)
const rarely = fc.nat(5).map((it) => it === 0)

/** Mostly those whose part it is: otherwise a flash would hardly ever find its approvals. */
const writing = fc.oneof({ weight: 6, arbitrary: among<Actor>('wil', 'wen') }, { weight: 1, arbitrary: person })
const approving = fc.oneof(
  { weight: 6, arbitrary: among<Actor>('eve', 'eli') },
  { weight: 4, arbitrary: among<Actor>('guest') },
  { weight: 1, arbitrary: person },
)
/** Mostly none: it goes out at the end of its hold. */
const inSeconds = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_600 }) },
)

type Save = Extract<Attempt, { act: 'save' }>
const save = (given: Partial<{ [Name in keyof Save]: Drawn<Save[Name]> }> = {}): Drawn<Attempt> =>
  fc.record({
    ...{ act: fc.constant('save' as const), who: writing, level, text: fc.nat(3), isInPersian: rarely, inSeconds },
    ...{ isStale: rarely, ...given },
  })
const by = <Act extends Exclude<Attempt['act'], 'save' | 'approve' | 'release'>>(
  act: Drawn<Act>,
  who: Drawn<Actor>,
): Drawn<Attempt> => fc.record({ act, who }) as Drawn<Attempt>
const approve = (who: Drawn<Actor>, isStale: Drawn<boolean> = rarely): Drawn<Attempt> =>
  fc.record({ act: fc.constant('approve' as const), who, isStale })
const releasing: Drawn<Attempt> = fc.constant({ act: 'release' })

const attempt: Drawn<Attempt> = fc.oneof(
  { weight: 2, arbitrary: save() },
  { weight: 4, arbitrary: by(among('submit'), writing) },
  { weight: 8, arbitrary: approve(approving) },
  { weight: 3, arbitrary: by(among('publish', 'cancel', 'override'), person) },
  { weight: 2, arbitrary: by(among('look', 'leave', 'renew', 'unlock'), approving) },
)

const one = (drawn: Drawn<Attempt>): Drawn<Step> => drawn.map((it) => ({ step: 'one', attempt: it }))
const atOnce = (...drawn: readonly Drawn<Attempt>[]): Drawn<Step> =>
  fc.tuple(...drawn).map((attempts) => ({ step: 'at once', attempts }))
/** A transaction has some ten statements; a point that is not reached is after its commit. */
const point = fc.nat(14)
const crash = (drawn: Drawn<Attempt>): Drawn<Step> =>
  fc.record({ step: fc.constant('crash' as const), point, attempts: fc.tuple(drawn) })
const crashOfSome: Drawn<Step> = fc.record({
  ...{ step: fc.constant('crash' as const), point },
  attempts: fc.array(fc.oneof({ weight: 4, arbitrary: attempt }, releasing), { minLength: 1, maxLength: 2 }),
})
const release = one(releasing)
const start = (...names: readonly RulesName[]): Drawn<Step> =>
  fc.record({ step: fc.constant('start' as const), rules: among(...names) })
const clock = (...ms: readonly number[]): Drawn<Step> =>
  fc.record({ step: fc.constant('clock' as const), ms: among(...ms) })
const itsTime = (...ms: readonly number[]): Drawn<Step> =>
  fc.record({ step: fc.constant('its time' as const), ms: among(...ms) })
const keyEnds: Drawn<Step> = fc.constant({ step: 'end of a key' })
const again: Drawn<Step> = fc.constant({ step: 'again' })

const anything: Drawn<Step> = fc.oneof(
  { weight: 12, arbitrary: one(attempt) },
  {
    weight: 3,
    arbitrary: fc.array(attempt, { minLength: 2, maxLength: 3 }).chain((it) => atOnce(...it.map(fc.constant))),
  },
  { weight: 4, arbitrary: clock(1, 4_999, 5_000, 10_000, 60_000, 700_000, 1_800_001, -5_000, -600_000) },
  { weight: 4, arbitrary: itsTime(-1, 0, 1, 600_000, 600_001) },
  { weight: 6, arbitrary: release },
  { weight: 2, arbitrary: crashOfSome },
  { weight: 1, arbitrary: start(...(Object.keys(newsrooms) as RulesName[])) },
  { weight: 2, arbitrary: keyEnds },
  { weight: 2, arbitrary: again },
)

const flash = (isInPersian = false) =>
  one(
    save({
      who: among('wil'),
      level: among('flash'),
      isInPersian: fc.constant(isInPersian),
      isStale: fc.constant(false),
    }),
  )
const submit = one(by(among('submit'), among<Actor>('wil', 'wen')))
const submitted = one(by(among('submit'), among<Actor>('wil')))
const approval = (...who: readonly Actor[]) => one(approve(among(...who), fc.constant(false)))
const maybe = (drawn: Drawn<Step>): Drawn<readonly Step[]> =>
  fc.oneof(
    drawn.map((it) => [it]),
    fc.constant([]),
  )
const steps = (...drawn: readonly (Drawn<Step> | Drawn<readonly Step[]>)[]): Drawn<readonly Step[]> =>
  fc.tuple(...(drawn as readonly Drawn<Step | readonly Step[]>[])).map((it) => it.flat())

/** To the moment before its time, and past it. */
const out = steps(itsTime(-1), maybe(release), itsTime(0, 1), release)
const changed = one(save({ who: among('wen'), isStale: fc.constant(false) }))
/** What may come between the approvals of a flash and its time. */
const disturbances: readonly Drawn<readonly Step[]>[] = [
  steps(),
  steps(itsTime(-1), one(by(among('cancel'), among<Actor>('wil', 'wen', 'eve')))),
  steps(itsTime(0), atOnce(by(among('cancel'), among('wen')), releasing)),
  steps(itsTime(0), crash(releasing)),
  steps(keyEnds),
  steps(keyEnds, start('loose', 'usual')),
  steps(start('strict')),
  steps(itsTime(599_999, 600_000), release),
  steps(itsTime(600_001), release),
  steps(changed),
  steps(crashOfSome),
  steps(again),
]
const disturbed = fc.oneof(...disturbances)

const look = one(by(among('look'), among('eve')))
const urgent = one(save({ level: among('urgent'), inSeconds: fc.constant(null), isStale: fc.constant(false) }))
const approvedFlash = steps(flash(), submitted, approval('eve'), approval('guest'))
const stories: readonly Drawn<readonly Step[]>[] = [
  ...disturbances.map((it) => steps(approvedFlash, it, out)),
  steps(approvedFlash, disturbed, out, one(by(among('publish'), among<Actor>('eli', 'guest'))), out),
  steps(approvedFlash, itsTime(-1), one(by(among('cancel'), among('wen'))), submitted, approval('eli'), out),
  // Both approvals are of one person, or of who wrote it, or of a writer, or of whose key may send no flash.
  steps(flash(), submit, approval('eve'), approval('eve'), out),
  steps(flash(), submitted, approval('eve'), approval('wen'), out),
  steps(flash(), submit, approval('eve'), approval('wil', 'feed', 'feed'), out),
  steps(flash(), one(by(among('submit'), among('eli'))), approval('eve'), approval('eli'), out),
  steps(
    one(save({ who: among('eli'), level: among('flash'), isStale: fc.constant(false) })),
    submit,
    approval('eve'),
    approval('eli'),
    out,
  ),
  // The first approval is too old when the second comes.
  steps(flash(), submit, approval('eve'), clock(300_000, 300_001, 700_000), approval('eli'), out),
  // What was approved is changed, and asked for anew; the approval of the old text comes late.
  steps(submit, flash(), submit, one(approve(among<Actor>('eve'), fc.constant(true))), approval('eli'), out),
  steps(
    flash(),
    submit,
    approval('eve'),
    atOnce(save({ who: among('wen'), isStale: fc.constant(false) }), approve(among('eli'))),
    out,
  ),
  // A language of it is dropped.
  steps(flash(true), submit, approval('eve'), approval('eli'), start('without Persian'), out),
  // Who reads it before approving it keeps others from changing it.
  steps(
    flash(),
    submit,
    one(by(among('look'), among<Actor>('eve', 'guest'))),
    clock(1, 59_999),
    one(fc.oneof(save({ who: among('wen'), isStale: fc.constant(false) }), by(among('override'), among('ada')))),
  ),
  steps(
    one(save({ level: among('routine'), isStale: fc.constant(false) })),
    submit,
    look,
    one(by(among('publish'), among('eli'))),
  ),
  steps(
    flash(),
    submit,
    look,
    clock(60_000, 60_001, 90_000),
    one(save({ who: among('wen'), isStale: fc.constant(false) })),
  ),
  steps(
    flash(),
    submit,
    one(by(among('look'), among('guest'))),
    keyEnds,
    one(save({ who: among('wen'), isStale: fc.constant(false) })),
  ),
  steps(
    flash(),
    submitted,
    one(by(among('look'), among('wen'))),
    one(save({ who: among('wil'), isStale: fc.constant(false) })),
  ),
  steps(
    flash(),
    submit,
    look,
    one(by(among('unlock'), among('ada'))),
    one(by(among('renew'), among('eve'))),
    one(save({ who: among('wen'), isStale: fc.constant(false) })),
  ),
  // An author opens it to read what they may not approve.
  steps(
    one(save({ who: among('eve'), level: among('flash'), isStale: fc.constant(false) })),
    submit,
    look,
    one(save({ who: among('wen'), isStale: fc.constant(false) })),
  ),
  // An urgent one needs nobody, and is held; a key that ends in the hold, a cancel in its last moment.
  ...disturbances.map((it) => steps(urgent, one(by(among('publish'), among('guest'))), it, out)),
  steps(
    one(save({ level: among('urgent', 'routine'), isStale: fc.constant(false) })),
    submit,
    approval('guest', 'guest', 'eve', 'wen'),
    disturbed,
    out,
  ),
  steps(
    one(save({ level: among('urgent', 'flash'), inSeconds: among(1_200), isStale: fc.constant(false) })),
    submit,
    approval('eve'),
    approval('eli'),
    fc.oneof(disturbed, steps(clock(-600_000), release)),
    out,
  ),
  steps(
    one(save({ level: among('routine'), inSeconds: fc.constant(null), isStale: fc.constant(false) })),
    submitted,
    approval('eve'),
    out,
  ),
  // What was cancelled is approved all the same; what somebody else has saved since is written over.
  steps(flash(), submitted, one(by(among('cancel'), among('wen'))), approval('eve'), approval('eli'), out),
  steps(
    ...['wen', 'wil'].map((who, nth) =>
      one(save({ who: among(who as Actor), text: fc.constant(nth), isStale: fc.constant(nth === 1) })),
    ),
  ),
  // An editor asks another, although no rule wants it.
  steps(urgent, one(by(among('submit'), among('eve'))), out),
  // An admin’s word stands for the approvals; nobody else’s does.
  steps(flash(), maybe(submit), one(by(among('override'), among<Actor>('ada'))), disturbed, out),
  steps(flash(), maybe(submit), one(by(among('override'), among<Actor>('eve', 'eli', 'wen'))), out),
  // A key that may send no flash publishes one, or approves one, where one approval would do.
  steps(start('loose'), flash(), submitted, approval('feed'), out),
  steps(start('loose'), flash(), one(by(among('publish'), among('feed'))), approval('eve'), out),
]
/** Where the guest is an admin: their word counts as long as they have a key. */
const adminStories = [
  steps(flash(), maybe(submit), one(by(among('override'), among('guest'))), out),
  steps(flash(), maybe(submit), one(by(among('override'), among('guest'))), keyEnds, out),
  steps(
    flash(),
    one(by(among('override'), among('guest'))),
    keyEnds,
    out,
    one(by(among('publish'), among('eli'))),
    out,
  ),
]

const roles = among('editor' as const, 'editor' as const, 'admin' as const)
const scheduleWith = (
  drawn: Drawn<readonly Step[]>,
  guestRole: Drawn<Schedule['guestRole']> = roles,
): Drawn<Schedule> => fc.record({ first: level, guestRole, steps: drawn })
const told = (story: Drawn<readonly Step[]>) =>
  fc.tuple(fc.array(anything, { maxLength: 2 }), story, fc.array(anything, { maxLength: 6 })).map((it) => it.flat())

/** Schedules of one item, three of four with a story in them. */
export const drawnSchedule = scheduleWith(
  fc.oneof(
    { weight: 3, arbitrary: told(fc.oneof(...stories, ...adminStories)) },
    { weight: 1, arbitrary: fc.array(anything, { minLength: 4, maxLength: 30 }) },
  ),
)

/** The same with one story after the other: first each as it is, and then with chance before and after it. */
export function scheduleOf(nth: number): Drawn<Schedule> {
  const at = nth % (stories.length + adminStories.length)
  const isAdmin = at >= stories.length
  const story = [...stories, ...adminStories][at] ?? fc.constant([])
  return scheduleWith(nth === at ? story : told(story), isAdmin ? among('admin' as const) : roles)
}
