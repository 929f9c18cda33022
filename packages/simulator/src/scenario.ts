import type { PartConfig } from '@holdfast/core'
import type { Distribution } from '@holdfast/faults'
import type { Injection } from './injection.ts'

/** A system, who calls it, and what happens to it. Plain data. All times are in milliseconds from the beginning. */
export interface Scenario {
  readonly name: string
  /** What it shows. */
  readonly description?: string
  /** Chance of everything in it; the same seed gives the same run. Default 1. */
  readonly seed?: number
  readonly durationMs: number
  /** Calls that begin before this are in no total. Default 0. */
  readonly warmUpMs?: number
  readonly services: Readonly<Record<string, Service>>
  readonly clients: Readonly<Record<string, Client>>
  /** Between all clients and services. Default: no delay, no loss. */
  readonly network?: Network
  /** Between instances and the store that they share their state in. Default: 1 ms there and back, no loss. */
  readonly store?: Network
  /** What goes wrong, when. */
  readonly injections?: readonly Injection[]
}

export interface Service {
  /** Of several, each has a name of its own: `inventory-1`, `inventory-2`. Default 1, named as the service. */
  readonly replicas?: number
  /** How many requests a replica works on at a time. Default: all. */
  readonly workers?: number
  /** How long the work for one request takes. */
  readonly serviceMs: Distribution
  /** Who waits for a worker. Default: everybody, the oldest first. */
  readonly queue?: WaitingLine
  /** Whether it drops the work for a client that has left. Default false: it never hears of it. */
  readonly noticesDeparture?: boolean
  /** How much slower it is when it has just come up. Default: not at all. */
  readonly cold?: Cold
  /** Guards at the door of each replica, as `pipelineFrom` takes them. Default: none. */
  readonly guards?: readonly PartConfig[]
  /** What it asks of other services for each request, one after the other, once its own work is done. */
  readonly calls?: readonly Dependency[]
}

export interface WaitingLine {
  /** Default `fifo`. */
  readonly order?: 'fifo' | 'lifo'
  /** How many may wait; further requests are refused. Default: any number. */
  readonly size?: number
  /** Requests that have waited so long are dropped when their turn comes. Default: none is. */
  readonly maximumWaitMs?: number
}

export interface Cold {
  /** How many times as long work takes at first. */
  readonly factor: number
  /** How long until it is as fast as ever; the factor falls evenly. */
  readonly durationMs: number
}

/** How instances reach a service. */
export interface Route {
  /** The service. */
  readonly to: string
  /** Which replica serves a call for which the pipeline has chosen no endpoint. Default `random`. */
  readonly routing?: 'random' | 'round-robin' | 'key'
  /** Parts around each call, as `pipelineFrom` takes them. The ids of endpoints are names of replicas. Default: none. */
  readonly pipeline?: readonly PartConfig[]
}

export interface Dependency extends Route {
  /** The share of requests that need it. Default 1. */
  readonly ratio?: number
  /** Whether a request can be answered without it. Default false. */
  readonly optional?: boolean
}

export interface Client extends Route {
  /** Instances, each with pipelines of its own. The load is spread evenly. Default 1. */
  readonly instances?: number
  readonly load: Load
  /** What calls are about. Default: no call has a key. */
  readonly keys?: Keys
  /** Whether the instances share their state through a simulated store. Default false. */
  readonly shared?: boolean
  /** After how long a caller gives up. Default: never. */
  readonly patienceMs?: number
  /** A success that took longer counts as late, not as good. Default: none is late. */
  readonly goodWithinMs?: number
  /** Answers kept by each instance, so that only a miss makes a call. Default: none. */
  readonly cache?: Cache
}

export type Load = OpenLoad | ClosedLoad

/** Callers come whatever happens. */
export interface OpenLoad {
  readonly kind: 'open'
  /** Calls a second of all instances together: one rate, or steps of which each holds until the next. */
  readonly perSecond: number | readonly LoadStep[]
  /** Default `poisson`. */
  readonly arrivals?: 'poisson' | 'regular'
}

export interface LoadStep {
  readonly fromMs: number
  readonly perSecond: number
  /** Grows or falls evenly from the step before, for so long. Default 0. */
  readonly rampMs?: number
}

/** So many callers, each of whom waits for an answer before it calls again. */
export interface ClosedLoad {
  readonly kind: 'closed'
  /** Of all instances together. */
  readonly callers: number
  /** Between an answer and the next call. Default 0; a caller calls once a millisecond at most. */
  readonly thinkMs?: Distribution
}

/** Which key a call is about: `key-1` is the most frequent. */
export interface Keys {
  readonly count: number
  /** The exponent of Zipf's law: the k-th key is asked for in proportion to 1 / k ** exponent. Default 0: all alike. */
  readonly exponent?: number
}

export interface Cache {
  readonly ttlMs: number
}

/** A distance between two. */
export interface Network {
  /** One way. Default 0. */
  readonly delayMs?: Distribution
  /** The share of messages that are lost, each way; nobody is told. Default 0. */
  readonly lossRatio?: number
}
