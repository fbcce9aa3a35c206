import { Problem } from '../../src/domain/problem.ts'

/** The Problem that something is refused with. Throws when it is taken, and passes on whatever else is thrown. */
export function refusalOf(act: () => unknown): Problem {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was taken')
}

/** Every mistake that something is refused for; none when it is taken. */
export function mistakesOf(act: () => unknown): readonly { pointer: string; detail: string }[] {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error.errors
    throw error
  }
  return []
}
