import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { inbound, RefusedError, sendReply } from '@holdfast/http'
import type { Inbound } from '@holdfast/http'
import type { Adapter, Work } from './adapter.ts'
import { inboundContract } from './contract.ts'

/** As the documentation shows it. */
function behind(door: Inbound<IncomingMessage, ServerResponse>, listener: RequestListener): RequestListener {
  return async (request, response) => {
    const entry = await door.admit(request, response, response)
    if (entry.entry === 'admitted') entry.run(() => listener(request, response))
    else if (entry.entry === 'exempt') listener(request, response)
    else if (entry.entry === 'refused' && entry.error instanceof RefusedError)
      sendReply(response, entry.error)
    else if (entry.entry === 'refused') response.writeHead(500).end()
  }
}

async function serving(work: Work, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await text(request)
    if (response.headersSent) return
    await work({
      body: body === '' ? undefined : JSON.parse(body),
      answer: (status, answer) => void response.writeHead(status).end(answer),
      stream: (source) => void source.on('error', (error) => response.destroy(error)).pipe(response),
      hijack: () => response,
    })
  } catch {
    if (!response.headersSent) response.writeHead(500).end()
  }
}

const onNode: Adapter = {
  name: 'node:http',
  async serverOf({ doors, options, work }) {
    const innermost: RequestListener = (request, response) => void serving(work, request, response)
    const listener = doors.reduceRight((inner, guards, index) => {
      return behind(
        inbound<IncomingMessage, ServerResponse>(`door-${index}`, guards, sendReply, options),
        inner,
      )
    }, innermost)
    return createServer(listener)
  },
}

inboundContract(onNode)
