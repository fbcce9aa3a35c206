import { webPushSeal } from '../../../../src/node/push/web-push/web-push-seal.ts'
import { sealContract } from '../../../contracts/seal.ts'

sealContract(webPushSeal)
