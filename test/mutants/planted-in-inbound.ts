import type { Planted } from './planted.ts'

const inbound = 'packages/http/src/inbound'
const exactlyOnce = `${inbound}/request-scope.properties.test.ts`
const addresses = `${inbound}/ipv6.properties.test.ts`
const replies = `${inbound}/reply.properties.test.ts`

/** Faults in how requests are let in, and in what is believed of them. */
export const plantedInInbound: readonly Planted[] = [
  {
    fault: 'inbound: a client that leaves while it waits keeps its place',
    file: `${inbound}/request-scope.ts`,
    from: 'return this.#pending?.cancel(new ClientGoneError(name))',
    to: 'return',
    tests: exactlyOnce,
  },
  {
    fault: 'inbound: what was admitted in the moment in which its client left is never settled',
    file: `${inbound}/request-scope.ts`,
    from: "      admission.settle('cancelled')\n      return this.refuse",
    to: '      return this.refuse',
    tests: exactlyOnce,
  },
  {
    fault: 'inbound: a client that leaves cuts its request short, and its permit stays',
    file: `${inbound}/request-scope.ts`,
    from: "    this.#admission.settle('cancelled')\n  }",
    to: '  }',
    tests: exactlyOnce,
  },
  {
    fault: 'inbound: a deadline gives back the permit of what is still served',
    file: `${inbound}/request-scope.ts`,
    from: 'const refusal = this.#over ? undefined',
    to: "this.#admission?.settle('cancelled')\n    const refusal = this.#over ? undefined",
    tests: exactlyOnce,
  },
  {
    fault: 'inbound: a refused request stays among the open ones',
    file: `${inbound}/request-scope.ts`,
    from: '    this.#door.scopes.delete(this)\n    if (this.#over ||',
    to: '    if (this.#over ||',
    tests: `${inbound}/inbound.test.ts`,
  },
  {
    fault: 'inbound: work under an admission of a key ends with the guards around it alone',
    file: 'packages/core/src/engine/admission.ts',
    from: 'const innermost = this.#call?.owner as Run',
    to: 'const innermost = run',
    tests: exactlyOnce,
  },
  {
    fault: 'client address: the groups behind the gap of an IPv6 address move',
    file: `${inbound}/ipv6.ts`,
    from: 'return [...before, ...zeros, ...after]',
    to: 'return [...before, ...after, ...zeros]',
    tests: addresses,
  },
  {
    fault: 'client address: a network ends at whole groups',
    file: `${inbound}/ipv6.ts`,
    from: 'Math.min(16, Math.max(0, prefix - index * 16))',
    to: 'prefix > index * 16 ? 16 : 0',
    tests: addresses,
  },
  {
    fault: 'client address: any address that ends like a mapped one passes for IPv4',
    file: `${inbound}/ipv6.ts`,
    from: ' || groups.slice(0, 5).some((group) => group !== 0)',
    to: '',
    tests: addresses,
  },
  {
    fault: 'reply: chance has clients come back before there is anything for them',
    file: `${inbound}/reply.ts`,
    from: 'return seconds + Math.floor(',
    to: 'return seconds - Math.floor(',
    tests: replies,
  },
]
