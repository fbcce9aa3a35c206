import { createApp } from '../../src/http/app.ts'
import { type Route, routesOf } from '../../src/http/route.ts'
import { memoryDeps } from './http/memory-deps.ts'
import { newsroom } from './samples.ts'

/** Every route of the service. */
export const routes: readonly Route[] = routesOf(createApp(await memoryDeps(newsroom, 'https://alerts.example')))

/** An address that a route's pattern takes; `id` stands for what it names. */
export function addressOf({ path }: Pick<Route, 'path'>, id = '01932f6e-0000-7000-8000-00000000dead'): string {
  const fileIn = (folder: string, ending: string) =>
    `${folder}/${folder === 'alerts' ? id : 'en'}${ending.replaceAll('\\', '')}`
  return path
    .replace(/(alerts|feeds)\/:file\{\[\^\/\]\+([^}]*)\}/, (_, folder, ending) => fileIn(folder, ending))
    .replace(/:lang\{(?:[^{}]|\{[^}]*\})*\}/, 'en')
    .replace(':id', id)
}
