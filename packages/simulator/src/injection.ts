import type { Distribution } from '@holdfast/faults'

/** Something that goes wrong, or changes, for a while. */
export type Injection = ServiceInjection | NetworkInjection | ClientInjection | StoreInjection

interface Moment {
  /** Unique in the scenario. Default: its kind and place in the list, such as `down-1`. */
  readonly id?: string
  readonly fromMs: number
}

interface Span extends Moment {
  /** Default: the end. */
  readonly toMs?: number
  /** It comes and goes: so long on, so long off, in turns. Default: on all the time. */
  readonly flapping?: { readonly onMs: number; readonly offMs: number }
}

/** `target`: a service, or one replica of it. */
export type ServiceInjection = Span & { readonly target: string } & (
    | {
        /** Refuses connections at once, and loses what it was working on. */
        readonly kind: 'down'
      }
    | {
        /** Takes requests and never answers them. */
        readonly kind: 'hang'
      }
    | {
        /** Work takes so many times as long, and so much longer. */
        readonly kind: 'slow'
        /** Default 1. */
        readonly factor?: number
        /** Default 0. */
        readonly addMs?: Distribution
      }
    | {
        /** Fails this share of requests. */
        readonly kind: 'errors'
        readonly ratio: number
        /** How long a failing one takes instead. Default: as long as any. */
        readonly serviceMs?: Distribution
      }
    | {
        /** Has so many workers instead. */
        readonly kind: 'capacity'
        readonly workers: number
      }
  )

export type NetworkInjection = Span & {
  /** Between a client or a service that asks others (or one of several, such as `web-2`) and a service (or replica). */
  readonly client: string
  readonly target: string
} & (
    | {
        /** Nothing gets through, either way; nobody is told. */
        readonly kind: 'partition'
      }
    | {
        /** As the network between them instead. */
        readonly kind: 'network'
        readonly delayMs?: Distribution
        readonly lossRatio?: number
      }
  )

/** `client`: a client, or one instance of it. */
export type ClientInjection = { readonly client: string } & (
  | (Span &
      (
        | {
            /** This share of attempts fails at the instance itself, before anything is sent. */
            readonly kind: 'sick'
            readonly ratio: number
          }
        | {
            /** So many times the load. */
            readonly kind: 'load'
            readonly times: number
          }
        | {
            /** One key is asked for so many times as often as it would be, of a load that stays as it is. */
            readonly kind: 'hot-key'
            readonly key: string
            readonly times: number
          }
      ))
  | (Moment & {
      /** Forgets what is cached. */
      readonly kind: 'cache-flush'
    })
)

export type StoreInjection =
  | (Span &
      (
        | {
            /** The store cannot be reached. */
            readonly kind: 'store-down'
          }
        | {
            /** Every message to the store and back takes so much longer. */
            readonly kind: 'store-slow'
            readonly addMs: Distribution
          }
      ))
  | (Moment & {
      /** The store loses everything. */
      readonly kind: 'store-flush'
    })
