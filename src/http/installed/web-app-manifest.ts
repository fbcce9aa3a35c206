import type { Newsroom } from '../../domain/newsroom.ts'
import { type IconName, iconSizes } from '../../domain/newsroom-pictures.ts'
import type { PageWords } from '../pages/page-words.ts'

// What a browser needs to install the readers' page (https://www.w3.org/TR/appmanifest/).

/** The address of the manifest in a language; `discreet`: of the one that does not tell what is installed. */
export function manifestPath(language: string, form: 'named' | 'discreet' = 'named'): string {
  return `/${language}/${form === 'discreet' ? 'discreet' : 'manifest'}.webmanifest`
}

/** An icon: the newsroom's own, else the usual one. */
export function iconPath({ icons }: Pick<Newsroom, 'icons'>, name: IconName): string {
  return icons?.[name] === undefined ? `/icons/${name}.png` : `/icons/own/${name}.png`
}

/** All are one application, whatever its name and language: what is installed follows the reader's choice. */
const same = {
  id: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#fbfaf7',
} as const

/** The manifest in a language, with the newsroom's own name and icons. */
export function manifestOf(newsroom: Newsroom, words: PageWords): object {
  const { language, dir, text } = words
  const home = `/${language}/`
  const icons = (['icon-192', 'icon-512', 'maskable-192', 'maskable-512'] as const).map((name) => ({
    ...picture(name, iconPath(newsroom, name)),
    purpose: name.startsWith('maskable') ? 'maskable' : 'any',
  }))
  const hasOwn = newsroom.icons?.['icon-192'] !== undefined || newsroom.icons?.['icon-512'] !== undefined
  const drawn = { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }
  const screenshots = (newsroom.screenshots ?? []).map(({ width, height }, at) => ({
    ...{ src: `/icons/own/screenshot-${at + 1}.png`, sizes: `${width}x${height}`, type: 'image/png' },
    form_factor: width > height ? 'wide' : 'narrow',
  }))
  return {
    name: newsroom.name,
    short_name: newsroom.shortName ?? newsroom.name,
    description: text('title'),
    lang: language,
    dir,
    start_url: home,
    ...same,
    theme_color: '#b01e23',
    categories: ['news'],
    icons: hasOwn ? icons : [drawn, ...icons],
    shortcuts: [
      { name: text('latest'), url: home },
      { name: text('getAlerts'), url: `${home}#push` },
      { name: text('choose'), url: `${home}#choice` },
    ],
    ...(screenshots.length > 0 ? { screenshots } : {}),
  }
}

/** The manifest for a reader whom nobody shall know for one: another name, another icon, and nothing about news. */
export function discreetManifest({ language, dir, text }: PageWords): object {
  const names = ['neutral-192', 'neutral-512', 'neutral-maskable-192', 'neutral-maskable-512'] as const
  return {
    name: text('neutralName'),
    short_name: text('neutralName'),
    lang: language,
    dir,
    start_url: `/${language}/`,
    ...same,
    theme_color: '#fbfaf7',
    icons: names.map((name) => {
      const size = Number(name.split('-').at(-1))
      const purpose = name.includes('maskable') ? 'maskable' : 'any'
      return { src: `/icons/${name}.png`, sizes: `${size}x${size}`, type: 'image/png', purpose }
    }),
  }
}

function picture(name: IconName, src: string) {
  return { src, sizes: `${iconSizes[name]}x${iconSizes[name]}`, type: 'image/png' }
}
