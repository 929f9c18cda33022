import type { Server, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Admitting, InboundOptions, RequestLike } from '@holdfast/http'

/** A request with the framework's own ways to answer it. */
export interface Exchange {
  /** As the framework's parser has read it. */
  readonly body: unknown
  answer(status: number, body: string): void
  stream(source: Readable): void
  /** Takes the response away from the framework. */
  hijack(): ServerResponse
}

export type Work = (exchange: Exchange) => void | Promise<void>

interface Service {
  /** Outermost first; a list each for admissions one inside another. */
  readonly doors: readonly (readonly Admitting[])[]
  /** Of every door. */
  readonly options?: InboundOptions<RequestLike>
  readonly work: Work
}

/** What the contract needs of a framework and of the adapter for it. */
export interface Adapter {
  readonly name: string
  /** A server that does not listen yet, and is closed by who asked for it. */
  serverOf(service: Service): Promise<Server>
}
