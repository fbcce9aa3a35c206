import type { Bug } from './bugs.ts'

const revision = ['tests/revision.test.ts']
const fields = ['tests/fields.test.ts']

/** Writes that do something else than was asked. */
export const writesBugs: readonly Bug[] = [
  {
    name: 'the last of two equal names wins',
    file: 'src/json.ts',
    find: 'if (names.has(name)) mistake',
    put: 'if (names.size < 0) mistake',
    tests: ['tests/json.test.ts'],
  },
  {
    name: 'a name escaped otherwise is another name',
    file: 'src/json.ts',
    find: 'takeName(scope, scope.names, textOf(part), mistake)',
    put: 'takeName(scope, scope.names, part, mistake)',
    tests: ['tests/json.test.ts'],
  },
  {
    name: 'a stale form undoes what another editor did',
    file: 'src/change.ts',
    find: '  refuseOtherVersion(change, latest)\n',
    put: '',
    tests: revision,
  },
  {
    name: 'If-Match is read and not looked at',
    file: 'src/change.ts',
    find: '(expected === undefined || expected.includes(latest.version))',
    put: '(expected === undefined || expected.length > 0)',
    tests: revision,
  },
  {
    name: 'a correction of the headline drops the link',
    file: 'src/change.ts',
    find: 'const url = change.url === undefined ? text?.url : change.url',
    put: 'const { url } = change',
    tests: revision,
  },
  {
    name: 'null keeps the summary',
    file: 'src/change.ts',
    find: 'const summary = change.summary === undefined ? text?.summary : change.summary',
    put: 'const summary = change.summary ?? text?.summary',
    tests: revision,
  },
  {
    name: 'a correction is dated before its alert when the clock has stepped back',
    file: 'src/change.ts',
    find: "const at = latestOf(change.at, notBefore, latest?.changedAt ?? '')",
    put: 'const { at } = change',
    tests: revision,
  },
  {
    name: 'an entry has the time of the clock, not of its change',
    file: 'src/store/sqlite-log.ts',
    find: 'const at = alert.changedAt',
    put: 'const { at } = change',
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: '30 February is the second of March',
    file: 'src/instant.ts',
    find: 'real.getUTCMonth() + 1 !== month || real.getUTCDate() !== day',
    put: 'real.getUTCDate() > 31',
    tests: ['tests/instant.test.ts'],
  },
  {
    name: 'an expiry at the very edge is refused',
    file: 'src/change.ts',
    find: 'if (expiresAt > last)',
    put: 'if (expiresAt >= last)',
    tests: revision,
  },
  {
    name: 'a link is measured as it was written, not as it is stored',
    file: 'src/fields.ts',
    find: 'if (href.length <= urlMax) return null',
    put: 'if (text.length <= urlMax) return null',
    tests: fields,
  },
  {
    name: 'what cannot be seen is taken for a headline',
    file: 'src/fields.ts',
    find: "else if (clean !== '' && !isVisible(clean))",
    put: "else if (clean === ' ')",
    tests: fields,
  },
  {
    name: 'a value of the wrong type is called missing',
    file: 'src/parse.ts',
    find: 'safeParse(input, { error: said, reportInput: true })',
    put: 'safeParse(input, { error: () => said({ code: "invalid_type", expected: "string", input: undefined, path: [], message: "" }) })',
    tests: fields,
  },
  {
    name: 'a weak tag matches',
    file: 'src/http/if-match.ts',
    find: '.filter((found) => found?.[1] === undefined)',
    put: '.filter((found) => found !== null)',
    tests: fields,
  },
  {
    name: 'the desk goes on from its own old words instead of what others wrote',
    file: 'src/web/desk-draft.ts',
    find: "return isTouched ? mine : (now.texts[tag]?.[field] ?? mine ?? '')",
    put: "return mine ?? now.texts[tag]?.[field] ?? ''",
    tests: ['tests/desk-draft.test.ts'],
  },
  {
    name: 'an emptied link stays',
    file: 'src/web/desk-draft.ts',
    find: "{ url: url === '' ? null : url }",
    put: '{ ...(url ? { url } : {}) }',
    tests: ['tests/desk-draft.test.ts'],
  },
  {
    name: 'the command line does not say which version it changes',
    file: 'src/cli/revise.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: 'return { \'if-match\': `"${alert.version}"` }',
    put: 'return {}',
    tests: ['tests/cli-post.test.ts'],
  },
]
