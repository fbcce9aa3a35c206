import type { Formats } from './formats.ts'

const relation = /^([nivwftce])(?: % (\d+))? (!?=) ([\d.,]+)$/

/**
 * The plural category of a number in a language, by the rules of CLDR (UTS #35 part 3, “Plural rules syntax”). `decimal`: a
 * number, or its decimal digits where their zeros matter: 1.0 is another category than 1 in some languages.
 */
export function pluralOf({ plurals }: Pick<Formats, 'plurals'>, decimal: number | string): string {
  const values = operandsOf(String(decimal))
  const holds = (rule: string) =>
    rule.split(' or ').some((either) => either.split(' and ').every((one) => relationHolds(one, values)))
  return Object.entries(plurals).find(([, rule]) => rule !== undefined && holds(rule))?.[0] ?? 'other'
}

type Operands = Readonly<Record<string, number>>

/** The operands of the rules: see “Plural operand meanings” there. */
function operandsOf(decimal: string): Operands {
  const [whole = '', decimals = ''] = decimal.replace('-', '').split('.')
  const significant = decimals.replace(/0+$/, '')
  return {
    ...{ n: Number(`${whole}.${decimals || '0'}`), i: Number(whole), v: decimals.length, w: significant.length },
    ...{ f: Number(decimals), t: Number(significant), c: 0, e: 0 },
  }
}

function relationHolds(text: string, values: Operands): boolean {
  const [, operand = '', modulus, sign, list = ''] = relation.exec(text) ?? []
  const value = (values[operand] ?? Number.NaN) % Number(modulus ?? Number.POSITIVE_INFINITY)
  const isIn = list.split(',').some((range) => {
    const [first = '', last = first] = range.split('..')
    // A range holds whole numbers only.
    return Number.isInteger(value) && value >= Number(first) && value <= Number(last)
  })
  return isIn === (sign === '=')
}
