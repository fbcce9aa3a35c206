import { exampleNewsroom } from '../example-newsroom.ts'
import { type Newsroom, parseNewsroom } from '../newsroom.ts'

/** The newsroom that is bundled with the Worker. */
export const newsroom: Newsroom = parseNewsroom(exampleNewsroom)
