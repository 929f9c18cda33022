export { controlledOperation } from './controlled-operation.ts'
export type {
  ControlledOperation,
  ControlledOperationOptions,
  ControlledRun,
} from './controlled-operation.ts'
export { EventLog } from './event-log.ts'
export type { LoggedEvent } from './event-log.ts'
export { leftovers } from './leftovers.ts'
export { seededRandom } from './seeded-random.ts'
export type { SeededRandom } from './seeded-random.ts'
export { storeContract } from './store-contract.ts'
export type { StoreCase, StoreFixture } from './store-contract.ts'
export { VirtualClock } from './virtual-clock.ts'
export type { VirtualClockOptions } from './virtual-clock.ts'
