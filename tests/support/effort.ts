/** `TEST_EFFORT`: how many times the usual number of random cases the property tests run; 1 in `npm test`, more in `npm run test:long`. */
export const effort = effortOf(process.env.TEST_EFFORT)

/** The number of runs of a property test whose usual number is `usual`, by TEST_EFFORT; at least one. */
export function runs(usual: number): number {
  return Math.max(1, Math.round(usual * effort))
}

function effortOf(text: string | undefined): number {
  if (text === undefined || text === '') return 1
  const number = Number(text)
  if (!(number > 0 && number <= 1_000))
    throw new Error(`TEST_EFFORT is ${text}; a number above 0, at most 1000, is wanted`)
  return number
}
