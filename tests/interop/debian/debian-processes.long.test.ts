import { onTwoProcesses } from '../harness.ts'
import { debianSuite } from './debian-suite.ts'

debianSuite('two processes', onTwoProcesses)
