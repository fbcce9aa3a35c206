import { sortedJson } from '../../../../src/desk/items/item-content.ts'

/** Throws when something does not hold. The model runs also where there is no test runner. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** Throws when two values are not the same as JSON. */
export function mustEqual(is: unknown, wanted: unknown, what: string): void {
  const [one, other] = [sortedJson(is), sortedJson(wanted)]
  must(one === other, `${what}: it is ${one}, and should be ${other}`)
}
