import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { adminKey, publish, revise, startNode } from '../processes/service.ts'
import { browserPath, launchChromium } from './browsers.ts'

// `npm run pictures`: takes the pictures of README.md anew, of a service with example alerts.

const folder = 'docs/pictures'
const scratch = mkdtempSync(join(tmpdir(), 'tocsin-pictures-'))

async function publishExamples(url: string): Promise<void> {
  const rain = await publish(url, {
    level: 'routine',
    texts: {
      en: {
        headline: 'Rain ends a month of drought in the south',
        summary: 'Rivers rise for the first time since May.',
      },
      fa: { headline: 'باران به یک ماه خشکسالی در جنوب پایان داد' },
    },
  })
  await revise(url, rain.alert.id, 'correction', {
    texts: { en: { headline: 'Rain ends two months of drought in the south' } },
    note: { en: 'The drought lasted two months, not one.' },
  })
  const strike = await publish(url, {
    level: 'urgent',
    texts: {
      en: { headline: 'Teachers in four cities stop work' },
      fa: { headline: 'معلمان در چهار شهر دست از کار کشیدند' },
    },
  })
  await revise(url, strike.alert.id, 'retraction', { note: { en: 'The strike was called off before it began.' } })
  await publish(url, {
    level: 'flash',
    texts: {
      en: {
        headline: 'Internet cut in two provinces',
        summary: 'Mobile networks went down at noon. The ministry gives no reason.',
        url: 'https://news.example/1',
      },
      fa: { headline: 'اینترنت در دو استان قطع شد', summary: 'شبکه‌های تلفن همراه از ظهر از کار افتاده‌اند.' },
    },
  })
}

async function takeReader(page: Page, url: string): Promise<void> {
  await page.setViewport({ width: 900, height: 760 })
  await page.goto(new URL('/en/', url).href)
  await page.waitForFunction(`document.getElementById('connection').dataset.state === 'live'`)
  await page.screenshot({ path: `${folder}/reader.png` })
}

async function takeDesk(page: Page, url: string): Promise<void> {
  await page.setViewport({ width: 900, height: 1_000 })
  await page.goto(new URL('/desk', url).href)
  await page.locator('#key').fill(adminKey)
  await page.locator('#sign-in button').click()
  await page.waitForFunction(`document.querySelectorAll('#sent .headline').length >= 3`)
  await page.screenshot({ path: `${folder}/desk.png` })
}

const executable = browserPath('chromium', (note) => {
  throw new Error(note)
})
mkdirSync(folder, { recursive: true })
const service = await startNode(scratch)
const browser = await launchChromium(executable)
try {
  await publishExamples(service.url)
  const page = await browser.newPage()
  await takeReader(page, service.url)
  await takeDesk(page, service.url)
} finally {
  await browser.close()
  await service.end('SIGTERM')
  rmSync(scratch, { recursive: true, force: true })
}
