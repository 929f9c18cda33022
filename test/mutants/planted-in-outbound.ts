import type { Planted } from './planted.ts'

const http = 'packages/http/src'
const exchange = `${http}/outbound/exchange.ts`
const outbound = `${http}/outbound/outbound.properties.test.ts`
const retryAfter = `${http}/outbound/retry-after.properties.test.ts`

export const plantedInOutbound: readonly Planted[] = [
  {
    fault: 'the time that is written is rounded up',
    file: `${http}/deadline.ts`,
    from: 'Math.floor(remainingMs - allowanceMs)',
    to: 'Math.ceil(remainingMs)',
    tests: `${http}/deadline.properties.test.ts`,
  },
  {
    fault: 'a number of any length is read as a time',
    file: `${http}/deadline.ts`,
    from: 'const wholeNumber = /^\\d{1,15}$/',
    to: 'const wholeNumber = /^\\d+$/',
    tests: `${http}/deadline.properties.test.ts`,
  },
  {
    fault: 'a stream is sent again where nothing was sent before',
    file: exchange,
    from: '(replayable && (idempotent || this.#perhapsDone === 0))',
    to: '(replayable && idempotent) || this.#perhapsDone === 0',
    tests: outbound,
  },
  {
    fault: 'what was broken off under way is taken for unsent',
    file: exchange,
    from: "if (kind === 'unsent' || kind === 'refused') this.#perhapsDone--",
    to: "if (kind !== 'status') this.#perhapsDone--",
    tests: outbound,
  },
  {
    fault: 'every part may send again, and the retry whatever it likes',
    file: exchange,
    from: "if (!this.#mayRepeat) throw new NotRepeatableError('was sent already', { policy: call.host.pipeline })",
    to: '',
    tests: outbound,
  },
  {
    fault: 'an answer that came too late is kept',
    file: exchange,
    from: 'if (this.#over || call.cancelled) {',
    to: 'if (this.#sent === 0) {',
    tests: outbound,
  },
  {
    fault: 'an answer that is given up is not discarded',
    file: exchange,
    from: 'for (const answer of this.#answers.keys()) discard(answer)',
    to: '',
    tests: outbound,
  },
  {
    fault: 'a failing status is thrown at the caller',
    file: exchange,
    from: 'if (answer !== undefined) return noteServed',
    to: 'if (answer !== undefined && !isError(outcome)) return noteServed',
    tests: outbound,
  },
  {
    fault: 'an attempt is told the whole time instead of what is left',
    file: `${http}/outbound/wire.ts`,
    from: 'writeRemainingMs(deadline - clock.now())',
    to: 'writeRemainingMs(deadline)',
    tests: outbound,
  },
  {
    fault: 'an attempt whose answer is over stays on the caller’s signal',
    file: `${http}/outbound/outgoing-attempt.ts`,
    from: '() => unlinkFrom(outer, controller)',
    to: '() => unlinkFrom(outer, new AbortController())',
    tests: outbound,
  },
  {
    fault: 'the caller’s signal does not cut the body',
    file: `${http}/outbound/outgoing-attempt.ts`,
    from: 'linkTo(outer, controller)\n',
    to: '\n',
    tests: outbound,
  },
  {
    fault: 'nothing is paid for',
    file: `${http}/outbound/composition.ts`,
    from: 'paid && config.budget === undefined ? { ...config, budget } : config',
    to: 'paid ? { ...config, budget: false } : config',
    tests: outbound,
  },
  {
    fault: 'a hedge and a retry may begin as often as they like',
    file: `${http}/outbound/rules.ts`,
    from: "if (part.kind === 'retry') return { retryWhen: mayRetry, ...part }",
    to: "if (part.kind === 'retry') return { retryWhen: mayRetry, ...part, attempts: 9 }",
    tests: outbound,
  },
  {
    fault: 'a date is measured on the clock of this machine',
    file: `${http}/outbound/retry-after.ts`,
    from: 'date - (from ?? wallTime)',
    to: 'date - wallTime',
    tests: retryAfter,
  },
  {
    fault: 'any number is a time to wait',
    file: `${http}/outbound/retry-after.ts`,
    from: 'if (/^\\d+$/.test(text))',
    to: "if (text !== '' && Number(text) >= 0)",
    tests: retryAfter,
  },
  {
    fault: 'the months of the obsolete forms are one too late',
    file: `${http}/outbound/http-date.ts`,
    from: "months.indexOf(fields['month'] as string)",
    to: "months.indexOf(fields['month'] as string) + (rfc850.test(text) ? 1 : 0)",
    tests: retryAfter,
  },
]
