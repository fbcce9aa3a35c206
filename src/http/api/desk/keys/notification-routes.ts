import * as z from 'zod'
import { type EditorBrowsers, editorBrowserSchema } from '../../../../push/editors/editor-browsers.ts'
import { subscribeExample } from '../../../../push/subscriptions/subscribe.ts'
import type { App } from '../../../app-env.ts'
import { readJson } from '../../../body.ts'
import type { Operation } from '../../../operation.ts'
import { route } from '../../../route.ts'
import { authorityOf } from '../../../sign-in.ts'

/** What the routes of editors' notifications need. */
export type NotificationsDeps = {
  readonly browsers: Pick<EditorBrowsers, 'turnOn' | 'turnOff' | 'list'>
}

const desk = { tag: 'Desk', role: 'editor', cache: 'private' } as const
const path = '/v1/desk/notifications'
const oneBrowser = z.strictObject({ id: z.string() })

const listBrowsers: Operation = {
  ...desk,
  id: 'listNotifiedBrowsers',
  summary: 'In which of your browsers you are told what waits for you',
  answers: {
    200: {
      description: 'Your browsers, with the day since which; empty: none',
      schema: z.strictObject({ browsers: z.array(z.strictObject({ id: z.string(), since: z.iso.date() })) }),
    },
  },
}

const turnOn: Operation = {
  ...desk,
  id: 'turnNotificationsOn',
  summary: 'Be told in this browser what waits for you, also while the desk is closed; the same again changes nothing',
  description:
    'A push comes when an item begins to await an approval that you may give, or did not go out at its time; for admins also when the service raises an alarm. It says nothing of what an alert says. A browser of another editor is taken over by whoever has its keys too; with other keys: 409 `endpoint-taken`.',
  body: {
    type: 'application/json',
    schema: editorBrowserSchema,
    example: { subscription: subscribeExample.subscription, language: 'en' },
  },
  answers: {
    200: { description: 'It was on already', schema: oneBrowser },
    201: { description: 'It is on', schema: oneBrowser },
  },
  problems: [409, 503],
}

const turnOff: Operation = {
  ...desk,
  id: 'turnNotificationsOff',
  summary: 'Be told in one of your browsers no more',
  answers: { 204: { description: 'It is off' } },
}

/** Notifications to an editor's own browsers. */
export function notificationRoutes(app: App, { browsers }: NotificationsDeps): void {
  route(app, 'get', path, listBrowsers, async (c) => c.json({ browsers: await browsers.list(authorityOf(c)) }))

  route(app, 'post', path, turnOn, async (c) => {
    const { id, made } = await browsers.turnOn(await readJson(c), authorityOf(c))
    return c.json({ id }, made ? 201 : 200)
  })

  route(app, 'delete', `${path}/:id`, turnOff, async (c) => {
    await browsers.turnOff(c.req.param('id'), authorityOf(c))
    return c.body(null, 204)
  })
}
