import { createApp } from '../../src/http/app.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import { type Route, routesOf } from '../../src/http/route.ts'
import { newsroom } from './samples.ts'

/** Every route of the surface: only the table is looked at, nothing behind it is called. */
export const routes: readonly Route[] = routesOf(
  createApp({ newsroom, publicUrl: 'https://alerts.example' } as unknown as HttpDeps),
)

/** An address that a route's pattern takes; `id` stands for what it names. */
export function addressOf({ path }: Pick<Route, 'path'>, id = '01932f6e-0000-7000-8000-00000000dead'): string {
  return path
    .replace(/:file\{[^}]*\\\.(\w+)\}/, 'en.$1')
    .replace(/:lang\{(?:[^{}]|\{[^}]*\})*\}/, 'en')
    .replace(':id', id)
}
