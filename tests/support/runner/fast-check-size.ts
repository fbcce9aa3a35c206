import fc from 'fast-check'
import { runs } from '../effort.ts'

// Without the first, fast-check's default size keeps arrays and strings at some ten elements, whatever `maxLength` asks.
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true, numRuns: runs(100) })
