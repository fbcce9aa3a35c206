import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportedStory } from '../support/export/exported-story.ts'
import { cleaning } from '../support/scratch.ts'
import { needsInstalled, pathOf } from './installed.ts'

// The files of an export as a text browser shows them from a disk, and as programs compress them.

const clean = cleaning(afterAll)
let folder: string

beforeAll(async () => {
  folder = await exportedStory(clean)
})

const w3m = (path: string) =>
  execFileSync(pathOf('w3m'), ['-dump', '-cols', '200', '-O', 'UTF-8', join(folder, path)], { encoding: 'utf8' })

test('w3m reads an exported page from a disk: level, time, what was taken back and why, how old it is, how to check it', ({
  skip,
}) => {
  needsInstalled('w3m', skip)
  const page = w3m('en/index.html')
  expect(page).toMatch(/This is a copy, made 28 November 2026 at 12:01 UTC\. Newer alerts may be missing in it\./)
  expect(page).toMatch(/Flash Update 28 November 2026 at 12:01 UTC\s+Internet cut\s+It was another village\./)
  expect(page).toMatch(
    /Urgent Retracted .*\s+(\[DEL:|\[S:|~~)?Five killed(:DEL\]|:S\]|~~)?\s+What was wrong It was wrong\.\s+\d/,
  )
  expect(page).toMatch(/News Correction .*\s+Rain ends a drought\s+What was wrong It was another village\./)
  expect(page).toContain('<script>document.title = "owned"</script><img src=https://spy.example/x onerror=alert(1)>')
  expect(page).toContain('minisign -V -P KEY -m en/index.html')
  expect(page).toContain('https://mirror.example.org/tocsin/')
  const persian = w3m('fa/index.html')
  expect(persian).toContain('اینترنت قطع شد')
  expect(persian).toContain('روستای دیگری بود.')
  expect(w3m('index.html')).toMatch(/English[\s\S]*فارسی[\s\S]*اردو/)
})

test('each page says what it is before its first 1,024 bytes end, for whoever serves it without a content type', () => {
  for (const path of ['index.html', 'en/index.html', 'fa/index.html']) {
    const start = readFileSync(join(folder, path)).subarray(0, 1_024).toString('latin1')
    // The encoding is looked for there (https://html.spec.whatwg.org/#charset).
    expect(start).toMatch(/^<!doctype html>\n<html lang="\w+" dir="\w+">\n<head>\n<meta charset="utf-8">/)
    expect(start.indexOf('Content-Security-Policy')).toBeLessThan(start.indexOf('<title>'))
  }
})
