import type { Behaviour } from '../behaviour.ts'

export function redirects(status: number, location: string): Behaviour {
  return {
    name: `answers ${status} with location ${location}`,
    when: 'request',
    act: (wire) => wire.answer(status, 'elsewhere', `location: ${location}\n`),
  }
}
