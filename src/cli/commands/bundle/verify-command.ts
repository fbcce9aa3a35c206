import type { BundleReport } from '../../../signing/verify/verify-bundle.ts'
import { type Cli, jsonOption, type Program } from '../../command-line.ts'
import { codeText, type ExitCode, jsonLine, paint, type Shell, untrustedText } from '../../shell.ts'
import { readSource } from './bundle-source.ts'
import { ageOfCopy, ageText, faultText, howToCheck, leftOutText, oldText } from './bundle-words.ts'
import { checkedBundle, keyOption } from './checked-bundle.ts'

/** `tocsin verify` */
export function verifyCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('verify <file>')
    .summary('check a bundle, a file or an address')
    .description(
      'Checks a bundle (the file of /v1/bundle/{language}, or bundles/{language}.json of a mirror), which needs no network: that every entry is what the newsroom signed, and that none is missing between the first and the newest. Without --key it cannot know whose keys they are. Exit code 1, and what is wrong, where it is not. A file `-` is the standard input, and an address (http or https) is read from there. The other files of a mirror or an export are checked with minisign.',
    )
    .addOption(keyOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  npx tocsin verify fa.bundle.json --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
  curl https://alerts.example/v1/bundle/fa | npx tocsin verify - --json
  npx tocsin verify https://mirror.example/tocsin/bundles/fa.json --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo`,
    )
    .action(async (file: string, options: Options) => done(await verify(file, options, shell)))
}

type Options = { readonly key?: string; readonly json?: boolean }

async function verify(file: string, { key, json }: Options, shell: Shell): Promise<ExitCode> {
  const report = await checkedBundle(await readSource(file, shell), key)
  const isGenuine = report.faults.length === 0
  if (json) shell.print(jsonLine(summary(report, key)))
  else {
    if (isGenuine) shell.print(headline(report, key, shell))
    for (const line of lines(report, key, shell)) shell.print(line)
  }
  for (const fault of report.faults) shell.warn(paint(shell, 'red', `Not verified: ${faultText(fault)}`))
  return isGenuine ? 0 : 1
}

/** What to know of a bundle without faults first: whose it is where that is known, and of when. */
function headline({ head, statement }: BundleReport, key: string | undefined, shell: Shell): string {
  const now = Date.now()
  const made = head === null ? '' : `, as of ${ageText(now - Date.parse(head.at))}`
  const old = head === null ? null : oldText(head, now)
  // The newest of all is in it, or it has none.
  const isEmptied = statement !== null && statement.count === 0 && statement.leftOut > 0
  const whole = isEmptied ? 'it says that its entries were left out' : 'nothing is held back'
  const said =
    key === undefined
      ? `Consistent${made}, but whose keys they are is not checked: ${howToCheck} (--key).`
      : `Genuine: all of it is what was signed, and ${whole}${made}.`
  return paint(
    shell,
    key === undefined || old !== null || isEmptied ? 'yellow' : 'green',
    old === null ? said : `${said} ${old}`,
  )
}

function summary({ faults, entries, statement, head, keys, mirrors }: BundleReport, key: string | undefined): object {
  const isConsistent = faults.length === 0
  const age = head === null ? null : ageOfCopy(head, Date.now())
  return {
    consistent: isConsistent,
    // Null: whose keys they are is not known.
    genuine: isConsistent && key === undefined ? null : isConsistent,
    old: age === null ? null : age === 'old',
    // Of a time to come: this clock is wrong, or that of its maker.
    ahead: age === null ? null : age === 'ahead',
    faults: faults.map((fault) => ({ ...fault, detail: faultText(fault) })),
    statement,
    head,
    entries: entries.length,
    first: entries[0]?.at ?? null,
    newest: entries.at(-1)?.at ?? null,
    keys: keys?.map(({ id }) => id) ?? [],
    leadsToKey: key === undefined ? null : keys !== null,
    mirrors: mirrors?.urls ?? [],
  }
}

/** `2 genuine`; of a bundle that has left some out, how many. */
function entriesText({ entries, statement }: BundleReport): string {
  const left = statement === null ? null : leftOutText(statement)
  if (left === null) return `${entries.length} genuine`
  return `${entries.length} ${entries.length === 0 ? 'entries' : 'genuine'}; ${left}`
}

/** What was verified, a fact a line. */
function lines(report: BundleReport, key: string | undefined, shell: Shell): readonly string[] {
  const { entries, statement, head, keys, mirrors } = report
  const safe = (text: string) => untrustedText(shell, text)
  const code = (text: string) => codeText(shell, text)
  const [first, newest] = [entries[0], entries.at(-1)]
  const facts: (readonly [string, string] | null)[] = [
    statement && ['newsroom', safe(statement.newsroom)],
    statement && ['language', code(statement.language)],
    keys && ['entries', entriesText(report)],
    first && newest ? ['from', `${code(first.at)} to ${code(newest.at)} (seq ${first.seq} to ${newest.seq})`] : null,
    head && ['head', `${head.head}, as of ${code(head.at)} (${ageText(Date.now() - Date.parse(head.at))})`],
    keys && [
      'keys',
      keys.map(({ id, since }) => `${code(id)}${since === undefined ? '' : ` since ${code(since)}`}`).join(', '),
    ],
    keys && key !== undefined ? ['', `They lead to ${key}.`] : null,
    mirrors && mirrors.urls.length > 0 ? ['mirrors', mirrors.urls.map(safe).join(', ')] : null,
  ]
  return facts.filter((fact) => fact !== null).map(([name, text]) => `${name.padEnd(10)}${text}`)
}
