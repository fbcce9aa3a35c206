import { debianSuite } from './debian-suite.ts'
import { onTwoProcesses } from './harness.ts'

debianSuite('two processes', onTwoProcesses)
