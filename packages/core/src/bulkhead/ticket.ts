import type { Ticket } from '../wait.ts'
import { MeasuredTicket, Permits } from './permits.ts'
import { StrictTicket } from './strict-wait.ts'

/** What a ticket is of; undefined for what was admitted without one. */
export function permitsOf(ticket: Ticket): Permits | undefined {
  if (ticket instanceof Permits) return ticket
  return ticket instanceof MeasuredTicket || ticket instanceof StrictTicket ? ticket.permits : undefined
}
