import type { Pipeline } from '@holdfast/core'
import { inbound } from '@holdfast/http'
import type { Admitting, Criticality, Entry, InboundOptions } from '@holdfast/http'
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { answerInstead, onSend, refuse } from './answer.ts'
import { warnOfHandlerTimeout } from './handler-timeout.ts'
import { Registrations } from './registrations.ts'

export type ProtectOptions = InboundOptions<FastifyRequest>

/** A plugin with the pipeline that it asks. */
export interface Protection extends FastifyPluginCallback {
  readonly pipeline: Pipeline
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * How much requests of this route matter to every `protect`. False: they are never refused, have no scope and take
     * no permit.
     */
    readonly protect?: { readonly criticality: Criticality } | false
  }
}

/**
 * A plugin that admits requests by `guards` and gives each a scope, which `inScope()` hands on to outgoing calls. It
 * guards the routes of the instance that registers it and of those inside, whichever was declared first. A refusal goes
 * through Fastify's error handling as a `RefusedError`; so does a deadline that passes while a handler has the request,
 * unless the answer has begun.
 */
export function protect(
  name: string,
  guards: readonly Admitting[],
  options: ProtectOptions = {},
): Protection {
  const door = inbound<FastifyRequest, FastifyReply>(name, guards, answerInstead, options)
  const registrations = new Registrations()
  const proceed = (
    entry: Entry,
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ) => {
    switch (entry.entry) {
      case 'admitted':
        warnOfHandlerTimeout(entry, door.pipeline, request)
        return entry.run(done)
      case 'refused':
        return refuse(entry.error, reply, done)
      case 'exempt':
        return done()
      case 'over':
    }
  }
  const plugin: FastifyPluginCallback = (instance, _options, registered) => {
    if (!registrations.add(instance)) return registered()
    let isInner: boolean | undefined
    instance.addHook('onRequest', (request, reply, done) => {
      isInner ??= registrations.isInside(instance)
      const ofRoute = request.routeOptions.config?.protect
      if (isInner || ofRoute === false) return done()
      const entry = door.admit(request, reply.raw, reply, ofRoute?.criticality)
      if (entry instanceof Promise) void entry.then((late) => proceed(late, request, reply, done))
      else proceed(entry, request, reply, done)
    })
    instance.addHook('onSend', onSend)
    registered()
  }
  return Object.assign(fastifyPlugin(plugin, { name: '@holdfast/fastify', fastify: '5.x' }), {
    pipeline: door.pipeline,
  })
}
