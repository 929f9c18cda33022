export { protect } from './protect.ts'
export type { Protection, ProtectOptions } from './protect.ts'
export { refusals } from './refusals.ts'
export { RefusedError } from '@holdfast/http'
