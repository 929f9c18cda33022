import { describe } from 'vitest'
import type { Adapter } from './adapter.ts'
import { answeredInTime } from './answered-in-time.ts'
import { claims } from './claims.ts'
import { clientsThatLeave } from './clients-that-leave.ts'
import { callers } from './callers.ts'
import { connections } from './connections.ts'
import { drains } from './drains.ts'
import { everyEnd } from './every-end.ts'
import { refusedAtTheDoor } from './refused-at-the-door.ts'
import { secrets } from './secrets.ts'
import { worksThatEnd } from './works-that-end.ts'

/** What every adapter for incoming requests has to do, over real sockets. */
export function inboundContract(adapter: Adapter): void {
  describe(`${adapter.name}: work`, () => void worksThatEnd(adapter))
  describe(`${adapter.name}: a client that leaves`, () => void clientsThatLeave(adapter))
  describe(`${adapter.name}: a refusal`, () => void refusedAtTheDoor(adapter))
  describe(`${adapter.name}: a caller`, () => void callers(adapter))
  describe(`${adapter.name}: a deadline`, () => void answeredInTime(adapter))
  describe(`${adapter.name}: one connection`, () => void connections(adapter))
  describe(`${adapter.name}: requests in great number`, () => void everyEnd(adapter))
  describe(`${adapter.name}: a service that drains`, () => void drains(adapter))
  describe(`${adapter.name}: claims of a caller`, () => void claims(adapter))
  describe(`${adapter.name}: secrets of a request`, () => void secrets(adapter))
}
