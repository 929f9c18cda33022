import type { Planted } from './planted.ts'

const fetch = 'packages/fetch/src'
const undici = 'packages/undici/src'
const axios = 'packages/axios/src'

/** Faults in what stands between a client and the rules for calls over HTTP. */
export const plantedInClients: readonly Planted[] = [
  {
    fault: 'a handler that undici 8 does not call is left to hang',
    file: `${undici}/refuse.ts`,
    from: 'if (isOldStyle(handler)) {',
    to: 'if (false) {',
    tests: `${undici}/refuse.test.ts`,
  },
  {
    fault: 'an answer that nobody wants keeps its connection',
    file: `${undici}/attempt-handler.ts`,
    from: "new Error('nobody wants the answer')))\n    controller.resume()",
    to: "new Error('nobody wants the answer')))",
    tests: `${undici}/interceptor.test.ts`,
  },
  {
    fault: 'an attempt that timed out is sent when there is a connection',
    file: `${undici}/attempt-handler.ts`,
    from: 'if (this.#call.cancelled) this.#cut(this.#call.reason)\n  }',
    to: '}',
    tests: `${undici}/interceptor.test.ts`,
  },
  {
    fault: 'credentials that axios makes a header of are told a standby of another trust',
    file: `${axios}/axios-request.ts`,
    from: '...(isBare && { auth: undefined }),',
    to: '',
    tests: `${axios}/adapter.test.ts`,
  },
  {
    fault: 'a status is an error of each attempt',
    file: `${axios}/axios-request.ts`,
    from: 'validateStatus: null,',
    to: '',
    tests: `${axios}/adapter.test.ts`,
  },
  {
    fault: 'what was sent before a redirect led it to nobody is sent again',
    file: `${fetch}/redirect.ts`,
    from: 'throw asSent(error)',
    to: 'throw error',
    tests: `${fetch}/redirect.test.ts`,
  },
  {
    fault: 'what was sent before a redirect of undici led it to nobody is sent again',
    file: `${undici}/attempt-handler.ts`,
    from: 'this.#controller === undefined ? error : asSent(error)',
    to: 'error',
    tests: `${undici}/interceptor.test.ts`,
  },
  {
    fault: 'a cancel token remembers every request of axios',
    file: `${axios}/axios-request.ts`,
    from: 'this.#token?.unsubscribe?.()',
    to: 'undefined',
    tests: `${axios}/adapter.test.ts`,
  },
]
