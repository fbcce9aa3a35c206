import { describe, expect, test } from 'vitest'
import { builtInRules, noRules, ruleFor } from '../../src/domain/level-rules.ts'
import { parseNewsroom } from '../../src/domain/newsroom.ts'
import { Problem } from '../../src/domain/problem.ts'
import { alertOf } from '../support/samples.ts'

const rulesOf = (rules?: unknown) =>
  parseNewsroom({ name: 'News', languages: [{ tag: 'en' }], ...(rules === undefined ? {} : { rules }) }).rules
const ruleOf = (rules: unknown, level: 'flash' | 'urgent' | 'routine', kind: 'alert' | 'correction' = 'alert') =>
  ruleFor(rulesOf(rules), { kind, alert: alertOf({ level }), before: kind === 'alert' ? null : { level } })

describe('the rules of a newsroom’s file', () => {
  test('without any, a flash waits for another editor and is held, an urgent alert and a correction are held', () => {
    expect(rulesOf()).toEqual(builtInRules)
    expect(ruleOf(undefined, 'flash')).toEqual({ approvals: 1, holdSeconds: 10, leastHoldSeconds: 5, role: 'editor' })
    expect(ruleOf(undefined, 'urgent')).toEqual({ approvals: 0, holdSeconds: 5, leastHoldSeconds: 0, role: 'editor' })
    expect(ruleOf(undefined, 'routine')).toEqual(noRules.levels.routine)
    expect(ruleOf(undefined, 'flash', 'correction')).toEqual(ruleOf(undefined, 'urgent'))
  })

  test('they change the built-in ones field by field', () => {
    const changed = { levels: { flash: { approvals: 2 }, routine: { holdSeconds: 3 } } }
    expect(ruleOf(changed, 'flash')).toEqual({ approvals: 2, holdSeconds: 10, leastHoldSeconds: 5, role: 'editor' })
    expect(ruleOf(changed, 'urgent').holdSeconds).toBe(5)
    expect(ruleOf(changed, 'routine').holdSeconds).toBe(3)
    expect(rulesOf({})).toEqual(builtInRules)
  })

  test('"none" switches them off', () => {
    expect(rulesOf('none')).toEqual(noRules)
  })

  test.each([
    ['nothing', '/rules', /wanted/],
    [null, '/rules', /wanted/],
    [{ levels: { flash: { approvals: 9 } } }, '/rules/levels/flash/approvals', /At most 5/],
    [{ level: {} }, '/rules/level', /did you mean levels/i],
    [{ levels: { flsh: {} } }, '/rules/levels/flsh', /did you mean flash\? Known are flash, urgent, routine\./],
    [{ audiences: { tests: {} } }, '/rules/audiences/tests', /did you mean test\? Known are public, test\./],
    [{ languages: { fa: { approvals: 1 } } }, '/rules/languages/fa/approvals', /Known are flash, urgent, routine\./],
  ])('a mistake in them is named where it is: %j', (rules, pointer, detail) => {
    const refusal = (() => {
      try {
        return rulesOf(rules)
      } catch (error) {
        return error as Problem
      }
    })()
    expect(refusal).toBeInstanceOf(Problem)
    expect((refusal as Problem).errors).toContainEqual(
      expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }),
    )
  })

  test.each([
    ['fa-AF', 'prs', 2],
    ['prs', 'fa-af', 2],
    ['he', 'iw', 2],
    ['FA', 'fa', 2],
  ])('hold for texts in %s where they stand under %s, another tag of the language', (tag, spelt, approvals) => {
    const rules = { levels: { routine: { approvals: 0 } }, languages: { [spelt]: { routine: { approvals } } } }
    const newsroom = parseNewsroom({ name: 'News', languages: [{ tag }, { tag: 'en' }], rules })
    const ruled = (language: string) =>
      ruleFor(newsroom.rules, {
        kind: 'alert',
        alert: { ...alertOf({ level: 'routine' }), texts: { [language]: { headline: 'Rain', summary: '' } } },
        before: null,
      }).approvals
    expect(ruled(newsroom.languages[0]?.tag ?? '')).toBe(approvals)
    expect(ruled('en')).toBe(0)
  })
})
