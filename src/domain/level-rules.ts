import * as z from 'zod'
import { sameLanguageOf } from '../locales/tag-lookup.ts'
import { type Alert, type Audience, audiences, type Kind, type Level, levels } from './alert-types.ts'
import { languageTagOf } from './parsing/language-tag.ts'

/**
 * What a newsroom asks before an alert of a level may leave. `approvals`: of how many other editors; `holdSeconds`: how long
 * it is held where the editor says nothing, `leastHoldSeconds`: at least; `role`: the lowest role that may publish it.
 */
export type LevelRule = {
  readonly approvals: number
  readonly holdSeconds: number
  readonly leastHoldSeconds: number
  readonly role: 'editor' | 'admin'
}

/** Changes of the usual rules, by level. */
type Changes = Readonly<Partial<Record<Level, Partial<LevelRule>>>>

/** The rules of a newsroom. Of several that fit an alert, the strictest counts, field by field. */
export type Rules = {
  readonly levels: Readonly<Record<Level, LevelRule>>
  /** What else counts for alerts that have a text in a language. */
  readonly languages: Readonly<Record<string, Changes>>
  /** In place of `levels` for an audience. */
  readonly audiences: Readonly<Partial<Record<Audience, Changes>>>
  /** The level whose rule counts for a correction. */
  readonly corrections: Level
  /** How long an approval counts, in seconds. */
  readonly approvalSeconds: number
  /** A release that is later than this is not made by itself: an editor is asked. In seconds. */
  readonly missedSeconds: number
}

const none: LevelRule = { approvals: 0, holdSeconds: 0, leastHoldSeconds: 0, role: 'editor' }

/** Nobody is waited for. */
export const noRules: Rules = {
  levels: { flash: none, urgent: none, routine: none },
  languages: {},
  audiences: {},
  corrections: 'urgent',
  approvalSeconds: 1_800,
  missedSeconds: 600,
}

/** What is asked where a newsroom's file says nothing: a flash needs a second person, and both it and `urgent` can be cancelled. */
export const builtInRules: Rules = {
  ...noRules,
  levels: {
    flash: { ...none, approvals: 1, holdSeconds: 10, leastHoldSeconds: 5 },
    urgent: { ...none, holdSeconds: 5 },
    routine: none,
  },
}

/** A hold is for second thoughts; a later time is a schedule. */
export const holdSecondsMax = 3_600

const ruleSchema = z
  .strictObject({
    approvals: z.int().min(0).max(5),
    holdSeconds: z.int().min(0).max(holdSecondsMax),
    leastHoldSeconds: z.int().min(0).max(holdSecondsMax),
    role: z.enum(['editor', 'admin']),
  })
  .partial()

const changesSchema = z.partialRecord(z.enum(levels), ruleSchema)

const changedRulesSchema = z
  .strictObject({
    levels: changesSchema,
    languages: z
      .record(z.string(), changesSchema)
      .transform((changes) =>
        Object.fromEntries(Object.entries(changes).map(([tag, it]) => [languageTagOf(tag) ?? tag, it])),
      ),
    audiences: z.partialRecord(z.enum(audiences), changesSchema),
    corrections: z.enum(levels),
    approvalSeconds: z
      .int()
      .min(60)
      .max(7 * 86_400),
    missedSeconds: z.int().min(0).max(86_400),
  })
  .partial()

/** `rules` of the newsroom's file: changes of `builtInRules`, or `none`. */
export const rulesSchema = z.union([changedRulesSchema, z.literal('none')], {
  error: () => 'An object with levels, languages, audiences … is wanted; or "none": then nothing is asked.',
})

/** The rules of a newsroom's file; the built-in ones where it says nothing. */
export function rulesOf(file: z.output<typeof rulesSchema> = {}): Rules {
  if (file === 'none') return noRules
  const usual = builtInRules
  const { levels: changes = {}, languages = {}, audiences: byAudience = {}, ...rest } = file
  const ofLevel = (level: Level): LevelRule => holding(changedBy(usual.levels[level], changes[level]))
  return {
    ...changedBy(usual, rest),
    levels: { flash: ofLevel('flash'), urgent: ofLevel('urgent'), routine: ofLevel('routine') },
    languages: languages as Rules['languages'],
    audiences: byAudience as Rules['audiences'],
  }
}

/** What the rules depend on. `before`: the alert that is revised; null: there is none. */
export type Ruled = {
  readonly kind: Kind
  readonly alert: Pick<Alert, 'level' | 'audience' | 'texts'>
  readonly before: Pick<Alert, 'level'> | null
}

/**
 * The rule for a change: the strictest of its level's and its languages'. A retraction waits for nobody. A correction has the
 * rule of `corrections`, and that of its level as well where it raises it.
 */
export function ruleFor(rules: Rules, { kind, alert, before }: Ruled): LevelRule {
  if (kind === 'retraction') return none
  const isRaised = before !== null && levels.indexOf(alert.level) < levels.indexOf(before.level)
  const named: readonly Level[] =
    kind !== 'correction' ? [alert.level] : isRaised ? [rules.corrections, alert.level] : [rules.corrections]
  return named.flatMap((level) => rulesOfLevel(rules, level, alert)).reduce(strictest, none)
}

function rulesOfLevel(
  { levels: usual, languages, audiences: byAudience }: Rules,
  level: Level,
  { audience, texts }: Ruled['alert'],
): readonly LevelRule[] {
  const own = holding(changedBy(usual[level], byAudience[audience]?.[level]))
  const named = new Set(Object.keys(texts).map(sameLanguageOf))
  const changes = Object.entries(languages).flatMap(([tag, it]) =>
    named.has(sameLanguageOf(tag)) ? (it[level] ?? []) : [],
  )
  return [own, ...changes.map((it) => holding(changedBy(own, it)))]
}

function strictest(one: LevelRule, other: LevelRule): LevelRule {
  return {
    approvals: Math.max(one.approvals, other.approvals),
    holdSeconds: Math.max(one.holdSeconds, other.holdSeconds),
    leastHoldSeconds: Math.max(one.leastHoldSeconds, other.leastHoldSeconds),
    role: one.role === 'admin' ? 'admin' : other.role,
  }
}

/** The usual hold is at least the least one. */
function holding(rule: LevelRule): LevelRule {
  return { ...rule, holdSeconds: Math.max(rule.holdSeconds, rule.leastHoldSeconds) }
}

/** A rule with some of its fields changed; what is undefined stays. */
function changedBy<Fields extends object>(fields: Fields, changes: object | undefined): Fields {
  return { ...fields, ...Object.fromEntries(Object.entries(changes ?? {}).filter(([, value]) => value !== undefined)) }
}
