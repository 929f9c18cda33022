import { STATUS_CODES } from 'node:http'
import { forgetBody, RefusedError } from '@holdfast/http'
import type { FastifyReply, HookHandlerDoneFunction, onSendHookHandler } from 'fastify'

/** What goes out through each reply that says no. */
const refusals = new WeakMap<FastifyReply, RefusedError>()

/** On replies that are on their way out, where nothing may come between any more. */
const leaving: unique symbol = Symbol('holdfast leaving')

interface Leaving extends FastifyReply {
  [leaving]?: true
}

/** Hands to Fastify's error handling what kept a request from being admitted. */
export function refuse(error: unknown, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (error instanceof RefusedError) prepare(reply, error)
  done(error as Error) // Fastify takes whatever is thrown
}

/**
 * Answers a request that was cut short while it was served, through Fastify's error handling, unless its answer has
 * begun. Whoever has the request still has its reply: nothing goes out through that any more, and Fastify logs an error
 * that comes too late.
 */
export function answerInstead(reply: FastifyReply, refusal: RefusedError): void {
  if (reply.sent || reply.raw.headersSent || isLeaving(reply)) return
  const answer = copyOf(reply)
  reply.hijack()
  forgetBody(answer)
  prepare(answer, refusal)
  answer.send(refusal)
}

/** The last hook before an answer leaves. A refusal leaves as problem details, unless the app answered it itself. */
export const onSend: onSendHookHandler = (_request, reply, payload, done) => {
  // Another answer has been given while this one was made.
  if (reply.sent) return
  const marked: Leaving = reply
  marked[leaving] = true
  const refusal = refusals.get(reply)
  if (refusal === undefined || payload !== wordsOfFastify(refusal)) return done()
  reply.headers({ ...refusal.headers, 'content-length': Buffer.byteLength(refusal.body) })
  done(null, refusal.body)
}

/** Error handlers that say nothing of status and headers answer with these. */
function prepare(reply: FastifyReply, refusal: RefusedError): void {
  refusals.set(reply, refusal)
  reply.code(refusal.status).headers(refusal.headers)
}

function isLeaving(reply: Leaving): boolean {
  return reply[leaving] === true
}

/** It has all that the app's hooks have put on it. */
function copyOf(reply: FastifyReply): FastifyReply {
  return Object.assign(Object.create(Object.getPrototypeOf(reply)), reply)
}

/** How Fastify itself puts an error. */
function wordsOfFastify({ statusCode, code, message }: RefusedError): string {
  return JSON.stringify({ statusCode, code, error: STATUS_CODES[statusCode], message })
}
