import ar from './ar.json' with { type: 'json' }
import az from './az.json' with { type: 'json' }
import ba from './ba.json' with { type: 'json' }
import be from './be.json' with { type: 'json' }
import bg from './bg.json' with { type: 'json' }
import bs from './bs.json' with { type: 'json' }
import ce from './ce.json' with { type: 'json' }
import type { CldrTable } from './cldr-table.ts'
import crh from './crh.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }
import fa from './fa.json' with { type: 'json' }
import hu from './hu.json' with { type: 'json' }
import hy from './hy.json' with { type: 'json' }
import ka from './ka.json' with { type: 'json' }
import kk from './kk.json' with { type: 'json' }
import ky from './ky.json' with { type: 'json' }
import mk from './mk.json' with { type: 'json' }
import prs from './prs.json' with { type: 'json' }
import ps from './ps.json' with { type: 'json' }
import ro from './ro.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import sq from './sq.json' with { type: 'json' }
import sr from './sr.json' with { type: 'json' }
import srLatn from './sr-Latn.json' with { type: 'json' }
import tg from './tg.json' with { type: 'json' }
import tk from './tk.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }
import uk from './uk.json' with { type: 'json' }
import ur from './ur.json' with { type: 'json' }
import uz from './uz.json' with { type: 'json' }

const tables: Readonly<Record<string, CldrTable>> = {
  ar,
  az,
  ba,
  be,
  bg,
  bs,
  ce,
  crh,
  en,
  fa,
  hu,
  hy,
  ka,
  kk,
  ky,
  mk,
  prs,
  ps,
  ro,
  ru,
  sq,
  sr,
  'sr-Latn': srLatn,
  tg,
  tk,
  tt,
  uk,
  ur,
  uz,
}

/** The languages that have a table. */
export const tableTags: readonly string[] = Object.keys(tables)

/** How a language writes numbers, times, plurals, lists and names; undefined where there is no table of it. */
export function tableOf(tag: string): CldrTable | undefined {
  return Object.hasOwn(tables, tag) ? tables[tag] : undefined
}
