import * as z from 'zod'
import { mistakeSchema } from '../../../desk/mistake-schema.ts'
import { fillSchema, fillTemplate } from '../../../desk/templates/fill-template.ts'
import { levels } from '../../../domain/alert-types.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import { Problem } from '../../../domain/problem.ts'
import { templateWarnings } from '../../../domain/templates/newsroom-templates.ts'
import type { App } from '../../app-env.ts'
import { readJson } from '../../body.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'

const texts = z.record(z.string(), z.strictObject({ headline: z.string(), summary: z.string() }))

const readTemplates: Operation = {
  id: 'readTemplates',
  summary: 'The newsroom’s templates: prepared wording with blanks',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  answers: {
    200: {
      description: 'The templates, as in the newsroom’s file',
      schema: z.strictObject({
        templates: z.array(
          z.strictObject({
            id: z.string(),
            name: z.string(),
            names: z.record(z.string(), z.string()).optional(),
            level: z.enum(levels).optional(),
            topics: z.array(z.string()),
            texts,
            blanks: z.array(
              z.strictObject({
                id: z.string(),
                label: z.string(),
                labels: z.record(z.string(), z.string()).optional(),
                kind: z.enum(['text', 'number']),
                examples: z.array(z.string()),
              }),
            ),
            missing: z.array(z.string()).describe('Languages of the newsroom in which it has no text.'),
            warnings: z.array(mistakeSchema).describe('Pointers into the template.'),
          }),
        ),
      }),
    },
  },
}

const fillBlanks: Operation = {
  id: 'fillTemplate',
  summary: 'Fill a template’s blanks, in every language or some',
  tag: 'Desk',
  description:
    'Nothing is stored or sent. Numbers are written with each language’s digits. level, topics and texts of the draft can be put into the body of POST /v1/alerts as they are.',
  role: 'writer',
  cache: 'private',
  body: {
    type: 'application/json',
    schema: fillSchema,
    example: { blanks: { magnitude: '6.0', place: { en: 'Herat', fa: 'هرات' } }, languages: ['en', 'fa'] },
  },
  answers: {
    200: {
      description: 'The draft, and what is unsure about it',
      schema: z.strictObject({
        draft: z.strictObject({ level: z.enum(levels).optional(), topics: z.array(z.string()), texts }),
        unsure: z.array(mistakeSchema).describe('What an editor has to look at, with pointers into this answer.'),
      }),
      example: {
        draft: {
          level: 'urgent',
          topics: [],
          texts: {
            en: { headline: 'Magnitude 6.0 earthquake hits Herat', summary: '' },
            fa: { headline: 'زمین‌لرزه‌ای به بزرگی ۶٫۰ هرات را لرزاند', summary: '' },
          },
        },
        unsure: [],
      },
    },
  },
  problems: [404],
}

/** `GET /v1/desk/templates`, and `POST /v1/desk/templates/{id}/fill`. */
export function templateRoutes(app: App, { newsroom }: { readonly newsroom: Newsroom }): void {
  const { templates, languages } = newsroom
  route(app, 'get', '/v1/desk/templates', readTemplates, (c) =>
    c.json({
      templates: templates.map((template) => ({
        ...template,
        missing: languages.map(({ tag }) => tag).filter((tag) => !Object.hasOwn(template.texts, tag)),
        warnings: templateWarnings(template),
      })),
    }),
  )
  route(app, 'post', '/v1/desk/templates/:id/fill', fillBlanks, async (c) => {
    const body = await readJson(c)
    const id = c.req.param('id')
    const template = templates.find((it) => it.id === id)
    if (template === undefined)
      throw new Problem(
        404,
        'no-such-template',
        'The newsroom has no template with this id. GET /v1/desk/templates lists them.',
      )
    return c.json(fillTemplate(template, body, newsroom))
  })
}
