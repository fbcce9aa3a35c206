import exampleNewsroom from '#newsroom' with { type: 'json' }
import { type Newsroom, parseNewsroom } from '../domain/newsroom.ts'

/** The newsroom that is bundled with the Worker: the example, or the file that wrangler.toml names in its place. */
export const newsroom: Newsroom = parseNewsroom(exampleNewsroom)
