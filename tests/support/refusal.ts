import { Problem } from '../../src/domain/problem.ts'
import { readConfig } from '../../src/node/config.ts'
import { ConfigMistakes } from '../../src/node/start-errors.ts'

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

/** The mistakes that a start with these settings names. */
export function settingMistakes(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes
    throw error
  }
}
