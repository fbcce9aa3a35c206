import { readFlags } from '../flags.ts'
import { type Command, UsageError } from '../shell.ts'
import { draftFlags, draftHelp, readDraft } from './draft.ts'
import { dryRun, post, postFlags, postHelp } from './post.ts'

/** `tocsin publish` */
export const publish: Command = {
  about: 'publish an alert',
  help: `Publishes an alert, from flags or from a JSON file.

Usage: npx tocsin publish [flags]
       npx tocsin publish alert.json
       npx tocsin publish -            (JSON from the standard input)

${draftHelp}
  --test       to the test audience only
  --dry-run    say what would happen; nothing is stored, nothing is sent
${postHelp}

Examples:
  npx tocsin publish --level urgent --topic afghanistan --lang en \\
    --headline "UN: Taliban keeps ties with Al-Qaeda" --link https://news.example/1
  echo '{ "level": "urgent", "texts": { "en": { "headline": "…" }, "fa": { "headline": "…" } } }' | npx tocsin publish -`,
  async run(args, shell) {
    const wanted = { ...draftFlags, ...postFlags, test: 'yes', 'dry-run': 'yes' } as const
    const { flags, rest } = readFlags(args, wanted, 1)
    const { level, topic, lang, headline, summary, link, note, expires } = flags
    if (note !== undefined) throw new UsageError('A new alert has no --note; corrections and retractions have.')
    const [file] = rest
    const body = await readDraft({ level, topic, lang, headline, summary, link, expires }, file, shell)
    if (file === undefined && (level === undefined || headline === undefined))
      throw new UsageError('An alert has at least a --level, a --lang and a --headline.')
    const { audience } = Object(body) as { audience?: unknown }
    if (flags.test && audience !== undefined && audience !== 'test')
      throw new UsageError(
        `--test and the file contradict each other: it says the audience is ${JSON.stringify(audience)}.`,
      )
    const whole = flags.test ? { ...Object(body), audience: 'test' } : body
    return (flags['dry-run'] ? dryRun : post)('v1/alerts', whole, flags, shell)
  },
}
