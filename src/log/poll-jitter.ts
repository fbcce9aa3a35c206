/** The share by which each wait between two polls may be shorter or longer. */
const share = 0.25

/**
 * A wait of about `ms` milliseconds: at most a quarter shorter or longer, so that processes that began together do not go on
 * polling the database together. `random`: a number from 0 to 1.
 */
export function jittered(ms: number, random: number): number {
  return ms * (1 - share + 2 * share * random)
}
