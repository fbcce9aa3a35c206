import type { Context } from 'hono'
import { etag } from 'hono/etag'
import * as z from 'zod'
import { type Language, languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { iconSizes, type Picture } from '../../domain/newsroom-pictures.ts'
import type { PublishedSigning } from '../../signing/statements.ts'
import type { App } from '../app-env.ts'
import { negotiate } from '../negotiate.ts'
import type { Operation } from '../operation.ts'
import { wordsOf } from '../pages/page-words.ts'
import { route } from '../route.ts'
import { offlinePage } from './offline-page.ts'
import { discreetManifest, manifestOf } from './web-app-manifest.ts'

const languageParameter = ':lang{(?:[A-Za-z]{2,8}|[IXix])(?:-[A-Za-z0-9]{1,8})*}'
const pageCaching = 'public, max-age=3600'
const iconCaching = 'public, max-age=86400'
const manifestType = 'application/manifest+json'

const manifestOperation = (id: string, summary: string): Operation => ({
  id,
  summary,
  tag: 'Pages',
  cache: 'public',
  passesOverUnknownParameters: true,
  answers: {
    200: { description: 'A web app manifest', type: manifestType, schema: z.looseObject({ name: z.string() }) },
  },
})
const named = manifestOperation('manifest', 'What installs the readers’ page, in a language')
const discreet = manifestOperation('discreetManifest', 'The same under a neutral name and icon')
const wanted = manifestOperation('wantedManifest', 'What installs the readers’ page, in the reader’s language')
const offline: Operation = {
  id: 'offlinePage',
  summary: 'What a browser shows without a connection',
  tag: 'Pages',
  cache: 'public',
  passesOverUnknownParameters: true,
  answers: { 200: { description: 'A page', type: 'text/html', schema: z.string() } },
}
const icon: Operation = {
  id: 'ownIcon',
  summary: 'An icon or a screenshot of the newsroom’s file',
  tag: 'Pages',
  cache: 'public',
  passesOverUnknownParameters: true,
  answers: {
    200: { description: 'A picture', type: 'image/png', schema: z.string() },
    302: { description: 'The newsroom has none of its own: leads to the usual one' },
  },
  problems: [404],
}

type Deps = { readonly newsroom: Newsroom; readonly signed: PublishedSigning }

/** What the readers' page needs to be installed and to be read without a connection: manifests, icons, a page. */
export function installedRoutes(app: App, { newsroom, signed }: Deps): void {
  // The pattern matches any word. They exist only for a language of the newsroom.
  const isThere = (path: string) => languageOf(newsroom, path.split('/')[1] ?? '') !== undefined
  const languageIn = (c: Context) => languageOf(newsroom, c.req.param('lang') ?? '')
  const manifest = (c: Context, content: object) => {
    c.header('Cache-Control', pageCaching)
    return c.body(JSON.stringify(content), 200, { 'Content-Type': manifestType })
  }
  route(app, 'get', `/${languageParameter}/manifest.webmanifest`, { ...named, isThere }, etag(), (c, next) => {
    const language = languageIn(c)
    return language === undefined ? next() : manifest(c, manifestOf(newsroom, wordsOf(language)))
  })
  route(app, 'get', `/${languageParameter}/discreet.webmanifest`, { ...discreet, isThere }, etag(), (c, next) => {
    const language = languageIn(c)
    return language === undefined ? next() : manifest(c, discreetManifest(wordsOf(language)))
  })
  route(app, 'get', '/manifest.webmanifest', wanted, etag(), (c) => {
    c.header('Vary', 'Accept-Language')
    const [first, ...others] = newsroom.languages as readonly [Language, ...Language[]]
    const language = negotiate(c.req.header('Accept-Language'), [first, ...others])
    return manifest(c, manifestOf(newsroom, wordsOf(language)))
  })
  route(app, 'get', `/${languageParameter}/offline`, { ...offline, isThere }, etag(), async (c, next) => {
    const language = languageIn(c)
    if (language === undefined) return next()
    c.header('Cache-Control', pageCaching)
    return c.html(await offlinePage(newsroom, wordsOf(language), signed.mirrors))
  })
  const pictures = picturesOf(newsroom)
  route(app, 'get', '/icons/own/:id', icon, etag(), (c, next) => {
    const name = /^([\w-]+)\.png$/.exec(c.req.param('id'))?.[1] ?? ''
    const own = pictures.get(name)
    if (own === undefined && !Object.hasOwn(iconSizes, name)) return next()
    c.header('Cache-Control', iconCaching)
    return own === undefined ? c.redirect(`/icons/${name}.png`, 302) : c.body(own, 200, { 'Content-Type': 'image/png' })
  })
}

function picturesOf({ icons = {}, screenshots = [] }: Newsroom): ReadonlyMap<string, Picture['bytes']> {
  return new Map([
    ...(Object.entries(icons) as [string, Picture][]).map(([name, { bytes }]) => [name, bytes] as const),
    ...screenshots.map(({ bytes }, at) => [`screenshot-${at + 1}`, bytes] as const),
  ])
}
