export { protect, RefusedError } from './protect.ts'
export type { Protection, ProtectOptions } from './protect.ts'
