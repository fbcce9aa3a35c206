// What most parts of the readers' scripts share. Each part imports this file, so that the bundler makes one chunk of it: it makes one
// of every set of parts that share something, and each costs a request and bytes of its own.
import '../../domain/alert-types.ts'
import '../../domain/writing/number-text.ts'
import '../../protocol/cursor.ts'
import '../shared/dom.ts'
import '../shared/focus.ts'
import '../shared/page-config.ts'
import '../shared/timeout.ts'
import '../shared/times.ts'
import './choice.ts'
import './discreet-page.ts'
import './load-part.ts'
import './page-in-sight.ts'
