import { onWorkers } from '../harness.ts'
import { debianSuite } from './debian-suite.ts'

debianSuite('Workers', onWorkers)
