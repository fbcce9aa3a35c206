import { readFileSync, statSync } from 'node:fs'
import exampleNewsroom from '#newsroom' with { type: 'json' }
import { type Newsroom, parseNewsroom } from '../domain/newsroom.ts'
import { parseJsonBytes } from '../domain/parsing/json.ts'
import { mistakeLine, Problem } from '../domain/problem.ts'
import { vapidFormFault } from '../push/crypto/vapid-key-set.ts'
import { vapidFault } from '../push/crypto/webcrypto-vapid.ts'
import { type Config, readConfig } from './config.ts'
import { checkExportDir } from './export/service-export.ts'
import { ConfigMistakes, codeOf } from './start-errors.ts'

const dayMs = 24 * 60 * 60_000

/** Reads the newsroom's file, or gives the example. Throws ConfigMistakes naming every mistake in it. */
export function readNewsroom(path: string | null): Newsroom {
  if (path === null) return parseNewsroom(exampleNewsroom)
  const named = `NEWSROOM: ${path}:`
  try {
    // It is read again later, and reading a pipe would wait for whoever writes to it.
    if (!statSync(path).isFile()) throw new ConfigMistakes([`NEWSROOM ${path}: this is not a regular file.`])
    const newsroom = parseNewsroom(parseJsonBytes(readFileSync(path), 'file'))
    const { mirrorsAt } = newsroom
    // Devices would take no other list until then.
    if (mirrorsAt !== undefined && Date.parse(mirrorsAt) > Date.now() + dayMs)
      throw new ConfigMistakes([
        `${named} /mirrorsAt: ${mirrorsAt} is more than a day ahead. Readers' devices would take no newer list until then: give the time at which you changed the list.`,
      ])
    return newsroom
  } catch (error) {
    if (error instanceof ConfigMistakes) throw error
    if (error instanceof Problem && error.errors.length > 0)
      throw new ConfigMistakes(error.errors.map((it) => `${named} ${mistakeLine(it)}`))
    if (error instanceof Problem) throw new ConfigMistakes([`${named} ${error.message}`])
    throw new ConfigMistakes([`NEWSROOM: the file cannot be read: ${codeOf(error)} (given: ${JSON.stringify(path)})`])
  }
}

/**
 * Reads the environment, and checks the newsroom's file and the pair of push keys. Rejects with ConfigMistakes, which
 * has all mistakes of them.
 */
export async function readSettings(env: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const mistakes: string[] = []
  const config = noting(mistakes, () => readConfig(env))
  const pairFault = await pairFaultOf(env)
  if (pairFault !== null) mistakes.push(`VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: ${pairFault}`)
  noting(mistakes, () => readNewsroom(env.NEWSROOM || null))
  if (config !== null) noting(mistakes, () => checkExportDir(config))
  if (config === null || mistakes.length > 0) throw new ConfigMistakes(mistakes)
  return config
}

/** What is wrong with a pair of push keys of the right form, in a sentence, or null. */
async function pairFaultOf(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const { VAPID_PUBLIC_KEY: publicKey = '', VAPID_PRIVATE_KEY: privateKey = '' } = env
  return vapidFormFault(publicKey, privateKey) === null ? vapidFault(publicKey, privateKey) : null
}

function noting<Result>(mistakes: string[], read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigMistakes)) throw error
    mistakes.push(...error.mistakes)
    return null
  }
}
