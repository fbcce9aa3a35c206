import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { deskOf, launched, serviceForDesk, textOf } from '../support/browser/desk-page.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const pageOf = (name: string) => readFileSync(new URL(`../desk/article/pages/${name}`, import.meta.url), 'utf8')

test('an article that is pasted fills the form, says what it was unsure of, and replaces nothing', {
  timeout: 180_000,
}, async ({ skip }) => {
  const service = await serviceForDesk(clean)
  const { page, errors, close } = await deskOf(await launched('chromium', cleanAtEnd, skip), service.url)
  clean(close)
  const paste = async (pasted: string) => {
    await page.evaluate(`document.getElementById('paste-text').value = ${JSON.stringify(pasted)}`)
    await page.evaluate(`document.querySelector('#paste button').click()`)
  }
  const fieldValue = (id: string) => page.evaluate(`document.getElementById('${id}')?.value ?? null`)
  await page.evaluate(`document.getElementById('paste').closest('details').open = true`)

  await paste(pageOf('structured-ru.html'))
  await until(async () => (await fieldValue('headline-ru')) === 'Журналист задержан в Минске на 15 суток')
  expect(await fieldValue('url-ru')).toBe('https://news.example/a/32981734.html')
  // The empty English text, with which the form begins, gave way.
  expect(await fieldValue('headline-en')).toBeNull()
  expect(await textOf(page, '#paste-unsure')).toContain('check them')

  await paste(pageOf('structured-ru.html'))
  await until(async () => (await textOf(page, '#paste-error')).includes('There is a text in ru already'))
  await paste('')
  await until(async () => (await textOf(page, '#paste-error')).includes('empty'))
  await paste(pageOf('un-monitors.txt'))
  await until(async () => String(await fieldValue('headline-en')).startsWith('UN Monitors'))
  expect(await fieldValue('headline-ru')).toBe('Журналист задержан в Минске на 15 суток')
  expect(errors).toEqual([])
})
