import { Agent, get } from 'node:http'
import type { ClientRequest } from 'node:http'
import { codeOf } from '../play/error-code.ts'
import type { Outgoing } from '../ground.ts'
import { ServiceError } from '../services/service-error.ts'
import { readAnswer } from './answer.ts'
import { keyHeader } from './http-door.ts'

/** The connections of one sender to all replicas. */
export class HttpSender {
  readonly #agent: Agent = new Agent({ keepAlive: true })
  readonly #ports: Readonly<Record<string, number>>

  /** `ports`: where it reaches each replica. */
  constructor(ports: Readonly<Record<string, number>>) {
    this.#ports = ports
  }

  /** Rejects with what a client hears; as soon as the attempt is cut short, with its reason, and breaks the connection. */
  async send({ replica, key, attempt }: Outgoing): Promise<void> {
    const port = this.#ports[replica]
    if (port === undefined) throw new Error(`there is no replica '${replica}'`)
    const headers = key === undefined ? {} : { [keyHeader]: key }
    const request = get({ host: '127.0.0.1', port, headers, agent: this.#agent })
    const { promise: cutShort, reject } = Promise.withResolvers<never>()
    const stopListening = attempt.onCancel((reason) => {
      reject(reason)
      request.destroy()
    })
    try {
      await Promise.race([answered(request), cutShort])
    } finally {
      stopListening()
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

function answered(request: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = (error: unknown): void => reject(new ServiceError(codeOf(error)))
    request.on('error', broken).on('response', (response) => {
      const error = readAnswer(response)
      response.on('error', broken).on('end', () => (error === undefined ? resolve() : reject(error)))
      response.resume()
    })
  })
}
