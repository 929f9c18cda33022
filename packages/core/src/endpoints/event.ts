import type { OutlierReason } from './outliers.ts'

/** Why an endpoint gets no calls. `probe`: the call that was to find out failed. `fleet`: it is out for all instances. */
export type EjectionReason = 'consecutive-failures' | 'probe' | 'fleet' | OutlierReason

export type EndpointsEvent =
  | {
      /** The endpoint that the event names gets no calls for so long, and then one to find out whether it is well. */
      readonly type: 'endpoint.ejected'
      readonly policy: string
      readonly reason: EjectionReason
      readonly ejectedMs: number
      /** How often in a row. */
      readonly ejections: number
    }
  | { readonly type: 'endpoint.restored'; readonly policy: string }
  | {
      /** A health check of it failed, the so-manieth in a row. */
      readonly type: 'endpoint.check-failed'
      readonly policy: string
      readonly error: unknown
      readonly failures: number
    }
  | {
      /** Its health checks failed so often that it gets no calls. */
      readonly type: 'endpoint.sick'
      readonly policy: string
    }
  | { readonly type: 'endpoint.well'; readonly policy: string }
  | {
      /** Another group is in use: 0 is the primary's, 1 the first standby's. */
      readonly type: 'endpoint.group'
      readonly policy: string
      readonly from: number
      readonly to: number
    }
  | {
      /** Too few endpoints of the group are healthy, so all of it are used. */
      readonly type: 'endpoint.panic'
      readonly policy: string
      readonly group: number
    }
  | { readonly type: 'endpoint.calm'; readonly policy: string; readonly group: number }
