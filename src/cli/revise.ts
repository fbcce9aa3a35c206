import { draftFlags, draftHelp, readDraft } from './draft.ts'
import { readFlags } from './flags.ts'
import { post, postFlags, postHelp } from './post.ts'
import { type Command, type ExitCode, type Shell, Usage } from './shell.ts'

type Route = 'update' | 'correction' | 'retraction'

async function revise(route: Route, args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { flags, rest } = readFlags(args, { ...draftFlags, ...postFlags }, 2)
  const { level, topic, lang, headline, summary, link, note, expires } = flags
  const [id, file] = rest
  if (id === undefined) throw new Usage('Say which alert: its id comes first.')
  const body = await readDraft({ level, topic, lang, headline, summary, link, note, expires }, file, shell)
  if (route !== 'update' && file === undefined && note === undefined)
    throw new Usage('Readers are told what was wrong: --lang en --note "…"')
  return post(`v1/alerts/${encodeURIComponent(id)}/${route}`, body, flags, shell)
}

const noteHelp = '  --note       what was wrong, as readers will see it'

/** `tocsin update` */
export const update: Command = {
  about: 'tell what is new in an alert',
  help: `Updates an alert. What is not given stays as it is.

Usage: tocsin update <id> [flags]
       tocsin update <id> update.json   (or -)

${draftHelp}
${postHelp}

Example:
  tocsin update 01932f6e-7c00-7000-8000-000000000001 --lang en --headline "Ceasefire holds, both sides say"`,
  run: (args, shell) => revise('update', args, shell),
}

/** `tocsin correct` */
export const correct: Command = {
  about: 'correct an alert, saying what was wrong',
  help: `Corrects an alert. What is not given stays as it is.

Usage: tocsin correct <id> --lang en --note "…" [flags]
       tocsin correct <id> correction.json   (or -)

${noteHelp}
${draftHelp}
${postHelp}

Example:
  tocsin correct 01932f6e-7c00-7000-8000-000000000001 --lang en \\
    --headline "Four, not five, killed in Kabul blast" --note "An earlier version gave five."`,
  run: (args, shell) => revise('correction', args, shell),
}

/** `tocsin retract` */
export const retract: Command = {
  about: 'take an alert back, saying why',
  help: `Takes an alert back. Its readers are told, and undelivered pushes of it are replaced.

Usage: tocsin retract <id> --lang en --note "…"
       tocsin retract <id> retraction.json   (or -; for several languages)

${noteHelp}
  --lang       the note's language
${postHelp}

Example:
  tocsin retract 01932f6e-7c00-7000-8000-000000000001 --lang en --note "The report could not be confirmed."`,
  run: (args, shell) => revise('retraction', args, shell),
}
