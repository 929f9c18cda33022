import { ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { forgetBody, RefusedError } from '@holdfast/http'
import type { FastifyReply, HookHandlerDoneFunction, onSendHookHandler } from 'fastify'

const refused: unique symbol = Symbol('holdfast refused')
const leaving: unique symbol = Symbol('holdfast leaving')

/** Kept on the reply: a map would cost more than the rest of the hook. */
interface Marked extends FastifyReply {
  [refused]?: RefusedError
  /** It goes through the last hooks, where nothing may come between any more. */
  [leaving]?: true
}

/** Hands to Fastify's error handling what kept a request from being admitted. */
export function refuse(error: unknown, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (error instanceof RefusedError) prepare(reply, error)
  done(error as Error) // Fastify takes whatever is thrown
}

/**
 * Answers a request that was cut short while it was served, through Fastify's error handling, unless its answer has
 * begun. Whoever has the request still has its reply: nothing that it says through that counts any more, and Fastify
 * logs an error that comes too late.
 */
export function answerInstead(reply: Marked, refusal: RefusedError): void {
  if (reply.sent || reply.raw.headersSent || reply[leaving]) return
  const answer = copyOf(reply)
  takeAway(reply)
  forgetBody(answer)
  prepare(answer, refusal)
  answer.send(refusal)
}

/** A refusal leaves as problem details, unless the app answered it itself. */
export const onSend: onSendHookHandler = (_request, reply: Marked, payload, done) => {
  // Another answer has been given while this one was made.
  if (reply.sent) return drop(payload)
  reply[leaving] = true
  const refusal = reply[refused]
  if (refusal === undefined || payload !== wordsOfFastify(refusal)) return done()
  reply.headers({ ...refusal.headers, 'content-length': Buffer.byteLength(refusal.body) })
  done(null, refusal.body)
}

function drop(payload: unknown): void {
  if (payload instanceof Readable) payload.destroy()
}

/** Error handlers that say nothing of status and headers answer with these. */
function prepare(reply: Marked, refusal: RefusedError): void {
  reply[refused] = refusal
  reply.code(refusal.status).headers(refusal.headers)
}

/** What it is told goes nowhere until the other answer has been sent, which hooks may take their time to let go. */
function takeAway(reply: FastifyReply): void {
  const { raw } = reply
  const nowhere = new ServerResponse(reply.request.raw)
  nowhere.destroy()
  raw.prependOnceListener('finish', () => Object.assign(reply, { raw }))
  const ignored = (): FastifyReply => reply
  // The copy has the same headers.
  Object.assign(reply.hijack(), { raw: nowhere, header: ignored, removeHeader: ignored })
}

/** It has all that the app's hooks have put on it. */
function copyOf(reply: FastifyReply): FastifyReply {
  return Object.assign(Object.create(Object.getPrototypeOf(reply)), reply)
}

/** How Fastify itself puts an error. */
function wordsOfFastify({ statusCode, code, message }: RefusedError): string {
  return JSON.stringify({ statusCode, code, error: STATUS_CODES[statusCode], message })
}
