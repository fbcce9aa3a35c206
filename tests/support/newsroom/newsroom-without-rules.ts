import exampleNewsroom from '#newsroom' with { type: 'json' }
import { fileOnce } from './file-once.ts'

/** The example newsroom without the built-in rules: what tests publish goes out at once. */
export const newsroomWithoutRules = { ...exampleNewsroom, rules: 'none' }

/** The path of a file that holds it, for services in processes of their own. */
export function fileWithoutRules(): string {
  return fileOnce('newsroom-without-rules', '.json', JSON.stringify(newsroomWithoutRules))
}
