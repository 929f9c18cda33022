import type { AddressInfo } from 'node:net'
import { seededRandom } from '@holdfast/testing'
import type { SeededRandom } from '@holdfast/testing'
import { chancesOf } from '../play/chances.ts'
import { dependenciesOf } from '../services/dependencies.ts'
import type { ServiceInjection } from '../injection.ts'
import { replicasOf } from '../places.ts'
import type { Place } from '../places.ts'
import { stepMs } from '../play/play.ts'
import { Replica } from '../services/replica.ts'
import type { Service } from '../scenario.ts'
import { httpDoor } from './http-door.ts'
import { HttpSender } from './http-sender.ts'
import type { News, Order, Role } from './order.ts'
import { RunClock } from './run-clock.ts'

/** The program of one replica. Its parent tells it over IPC which it is, and what is wrong with it. */
const clock = new RunClock()
let role: Role
let replica: Replica

function begin(given: Role): void {
  role = given
  const { scenario, seed, ports } = role
  // It is one of the scenario's, which the parent has gone through.
  const place = replicasOf(scenario).find(({ name }) => name === role.replica) as Place<Service>
  const random = chancesOf(scenario, seededRandom(seed).fork()).replicas.get(place.name) as SeededRandom
  const sender = new HttpSender(ports)
  const ask = dependenciesOf(scenario, place, { clock, send: (request) => sender.send(request) }, random)
  clock.begin()
  replica = new Replica(place, { clock, random, stepMs, ...(ask === undefined ? {} : { ask }) })
}

function tell(news: News): void {
  process.send?.(news)
}

process.on('message', (order: Order) => {
  switch (order.type) {
    case 'begin':
      begin(order)
      return tell({ type: 'begun' })
    case 'inject':
      // Only what is done to services is told to them.
      return replica.set(role.scenario.injections?.[order.place] as ServiceInjection, order.on)
    case 'report':
      return tell({ type: 'reported', report: replica.report() })
  }
})
process.once('disconnect', () => process.exit())

const server = httpDoor((incoming) => replica.receive(incoming)).listen(0, '127.0.0.1', () => {
  tell({ type: 'listening', port: (server.address() as AddressInfo).port })
})
