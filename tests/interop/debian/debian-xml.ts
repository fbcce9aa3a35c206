import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { needsInstalled, pathOf } from '../installed.ts'
import { atomSchema } from './debian-readers.ts'
import type { Story } from './debian-story.ts'

const run = promisify(execFile)
const pages = ['', 'privacy', 'notifications', 'offline'].flatMap((page) => [`/en/${page}`, `/fa/${page}`])
/** Elements of HTML that xmllint, which knows HTML 4, has not heard of. */
const newerThanHtml4 =
  /Tag (header|bdi|svg|path|details|summary|nav|main|article|time|aside|section|dialog|footer) invalid/

/** xmllint fetches by itself, with HTTP/1.0. */
export function xmlTests(story: () => Pick<Story, 'url' | 'alertId'>): void {
  test.for(['en.atom', 'fa.atom', 'ru.atom', 'en.atom?topics=iran', 'fa.atom?level=urgent'])(
    'xmllint: /feeds/%s is well-formed and what RFC 4287 asks of a feed',
    async (file, { skip }) => {
      needsInstalled('xmllint', skip)
      const address = `${story().url}/feeds/${file}`
      const { stderr } = await run(pathOf('xmllint'), ['--noout', '--relaxng', atomSchema, address])
      expect(stderr.trim()).toBe(`${address} validates`)
    },
  )

  test.for([...pages, '/desk', '/en/alerts/{id}', '/fa/alerts/{id}'])(
    'xmllint: nothing in %s is against HTML, and it has one heading of the first level',
    async (path, { skip }) => {
      needsInstalled('xmllint', skip)
      const address = story().url + path.replace('{id}', story().alertId)
      const { stdout, stderr } = await run(pathOf('xmllint'), ['--html', '--xpath', 'count(//h1)', address])
      const wrong = stderr.split('\n').filter((line) => line.includes('error') && !newerThanHtml4.test(line))
      expect(wrong).toEqual([])
      expect(stdout.trim()).toBe('1')
    },
  )
}
