export { protect } from './protect.ts'
export type { Protection, ProtectOptions } from './protect.ts'
