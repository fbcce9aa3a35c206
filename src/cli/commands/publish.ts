import type { Cli, Program } from '../command-line.ts'
import { type ExitCode, type Shell, UsageError } from '../shell.ts'
import { draftOptions, readDraft, type Written } from './draft.ts'
import { type PostFlags, post, postOptions, sendDryRun, type TimeFlags, timeOptions, withTimes } from './post.ts'

/** `tocsin publish` */
export function publishCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('publish')
    .summary('publish an alert')
    .description('Publishes an alert, from options or from a JSON file. The key comes from TOCSIN_KEY.')
    .argument('[file]', 'a JSON file, or - for the standard input')
  postOptions(timeOptions(draftOptions(command)).option('--test', 'to the test audience only')).addHelpText(
    'after',
    `
Examples:
  npx tocsin publish --level urgent --topic afghanistan --lang en \\
    --headline "UN: Taliban keeps ties with Al-Qaeda" --link https://news.example/1
  echo '{ "level": "urgent", "texts": { "en": { "headline": "…" }, "fa": { "headline": "…" } } }' | npx tocsin publish -`,
  )
  command.action(async (file, options) => done(await publish(file, options, shell)))
}

type Options = Omit<Written, 'note'> & PostFlags & TimeFlags & { readonly test?: boolean }

async function publish(file: string | undefined, options: Options, shell: Shell): Promise<ExitCode> {
  const { url, json, yes, dryRun: isDryRun, idempotencyKey, test, ...others } = options
  const { hold, publishAt, embargo, override, ...written } = others
  const body = withTimes(await readDraft(written, file, shell), options)
  if (file === undefined && (written.level === undefined || written.headline === undefined))
    throw new UsageError('An alert has at least a --level, a --lang and a --headline.')
  const { audience } = Object(body) as { audience?: unknown }
  if (test && audience !== undefined && audience !== 'test')
    throw new UsageError(
      `--test and the file contradict each other: it says the audience is ${JSON.stringify(audience)}.`,
    )
  const whole = test ? { ...Object(body), audience: 'test' } : body
  return (isDryRun ? sendDryRun : post)('v1/alerts', whole, options, shell)
}
