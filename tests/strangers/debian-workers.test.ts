import { debianSuite } from './debian-suite.ts'
import { onWorkers } from './harness.ts'

debianSuite('Workers', onWorkers)
