import { readFileSync } from 'node:fs'
import exampleNewsroom from '#newsroom' with { type: 'json' }
import { parseJsonBytes } from '../json.ts'
import { type Newsroom, parseNewsroom } from '../newsroom.ts'
import { Problem } from '../problem.ts'
import { ConfigMistakes } from './config.ts'
import { codeOf } from './trouble.ts'

/** Reads the newsroom's file, or gives the example. Throws ConfigMistakes naming every mistake in it. */
export function readNewsroom(path: string | null): Newsroom {
  if (path === null) return parseNewsroom(exampleNewsroom)
  try {
    return parseNewsroom(parseJsonBytes(readFileSync(path), 'file'))
  } catch (error) {
    if (error instanceof Problem && error.errors.length > 0)
      throw new ConfigMistakes(error.errors.map(({ pointer, detail }) => `NEWSROOM ${path} ${pointer}: ${detail}`))
    if (error instanceof Problem) throw new ConfigMistakes([`NEWSROOM ${path}: ${error.message}`])
    throw new ConfigMistakes([`NEWSROOM ${path} cannot be read (${codeOf(error)})`])
  }
}
