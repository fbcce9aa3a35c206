import * as z from 'zod'
import { articleSchema, draftArticle } from '../../../desk/article/article-draft.ts'
import { mistakeSchema } from '../../../desk/mistake-schema.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'

/** The largest body with an article: a news site's page has 300 KiB to 1 MiB of HTML. */
export const articleBytesMax = 1_024 * 1_024

const articleAnswer = z.strictObject({
  draft: z.strictObject({
    language: z.string().nullable().describe('A language of the newsroom; null: it could not be told, choose one.'),
    headline: z.string().min(1),
    summary: z.string(),
    url: z.string().nullable(),
    image: z.strictObject({ url: z.string(), alt: z.string() }).optional(),
    topics: z.array(z.string()).optional(),
  }),
  unsure: z.array(mistakeSchema).describe('What an editor has to look at, with pointers into this answer.'),
})

const readArticle: Operation = {
  id: 'draftArticle',
  summary: 'Propose an alert’s text from a pasted article',
  tag: 'Desk',
  description:
    'Takes either text or html, in a body of up to 1 MiB. Nothing is stored or sent, and no address is fetched. Headline, summary, url and image have the form of a text of an alert.',
  role: 'writer',
  cache: 'private',
  body: {
    type: 'application/json',
    schema: articleSchema,
    example: {
      text: 'Quake Hits Herat Province\n\nA strong earthquake hit the western province of Herat on Saturday, killing at least 120 people.',
    },
  },
  answers: {
    200: {
      description: 'The proposal, and what is unsure about it',
      schema: articleAnswer,
      example: {
        draft: {
          language: 'en',
          headline: 'Quake Hits Herat Province',
          summary: 'A strong earthquake hit the western province of Herat on Saturday, killing at least 120 people.',
          url: null,
        },
        unsure: [
          { pointer: '/draft/summary', detail: 'It is the article’s first paragraph; shorten it.' },
          { pointer: '/draft/url', detail: 'No link to the article was found.' },
        ],
      },
    },
  },
}

/** `POST /v1/desk/article`: from an article to the text of an alert. */
export function articleRoutes(app: App, deps: { readonly newsroom: Newsroom }): void {
  route(app, 'post', '/v1/desk/article', readArticle, async (c) =>
    c.json(await draftArticle(await readJson(c, articleBytesMax), deps.newsroom, rest)),
  )
}

/** Lets other events be handled, between two slices of work. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
