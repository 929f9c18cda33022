import type { Planted } from './planted.ts'

const protocol = 'packages/core/src/share/protocol'
const scripts = 'packages/redis/src/scripts'
const laws = `${protocol}/slice.properties.test.ts`
const network = `${protocol}/slice.network.properties.test.ts`
const stories = `${protocol}/slice.test.ts`
const permitLaws = `${protocol}/permit.properties.test.ts`
const permitStories = `${protocol}/permit.test.ts`
const limitLaws = `${protocol}/limit.properties.test.ts`
const limitStories = `${protocol}/limit.test.ts`
const budgetLaws = `${protocol}/budget.properties.test.ts`
const registryStories = `${protocol}/heartbeat.test.ts`
const twins = 'test/protocol/limits.redis.test.ts'

/** Each rule by which a server keeps slices, permits, rate limits, retry budgets and the registry, taken away. */
export const plantedInLimitProtocol: readonly Planted[] = [
  {
    fault: 'slices: more is given than there is',
    file: `${protocol}/slice.ts`,
    from: 'Math.min(target, free)',
    to: 'target',
    tests: network,
  },
  {
    fault: 'slices: permits in use are given to others',
    file: `${protocol}/slice.ts`,
    from: 'Math.max(0, Math.min(request.keep, own?.permits ?? free))',
    to: '0',
    tests: `${laws} ${network}`,
  },
  {
    fault: 'slices: one may keep what it never had',
    file: `${protocol}/slice.ts`,
    from: 'Math.max(0, Math.min(request.keep, own?.permits ?? free))',
    to: 'request.keep',
    tests: laws,
  },
  {
    fault: 'slices: who was forgotten is given more than it uses',
    file: `${protocol}/slice.ts`,
    from: 'own === undefined && keep > 0',
    to: 'own === undefined && keep < 0',
    tests: `${protocol}/slice.test.ts`,
  },
  {
    fault: 'slices: a request that comes late is carried out',
    file: `${protocol}/slice.ts`,
    from: 'sequence <= own.sequence',
    to: 'sequence < 0',
    tests: `${network} ${stories}`,
  },
  {
    fault: 'slices: the permits of the dead do not come back',
    file: `${protocol}/slice.ts`,
    from: '.filter(([, end]) => end > now)',
    to: '',
    tests: `${laws} ${stories}`,
  },
  {
    fault: 'slices: a lease lasts for as long as the clock has stepped back',
    file: `${protocol}/slice.ts`,
    from: 'Math.min(ends[name] ?? latest, latest)',
    to: 'ends[name] ?? latest',
    tests: `${laws} ${stories}`,
  },
  {
    fault: 'slices: who has lost its lease has lost its permits',
    file: `${protocol}/slice.ts`,
    from: 'ends[name] ?? latest, latest',
    to: 'ends[name] ?? now, latest',
    tests: stories,
  },
  {
    fault: 'slices: a shorter lease cuts those of others',
    file: `${protocol}/slice.ts`,
    from: 'Math.max(leaseMs, before.longestMs)',
    to: 'leaseMs',
    tests: stories,
  },
  {
    fault: 'slices: whole permits do not go round',
    file: `${protocol}/slice.ts`,
    from: '(rank + turn)',
    to: 'rank',
    tests: `${laws} ${stories}`,
  },
  {
    fault: 'slices: what rounding leaves over lies idle',
    file: `${protocol}/slice.ts`,
    from: 'leftOver ? share + 1 : share',
    to: 'share',
    tests: `${laws} ${stories}`,
  },
  {
    fault: 'permits: what has run out is held',
    file: `${protocol}/permit.ts`,
    from: 'end > now',
    to: 'end > 0',
    tests: `${permitLaws} ${permitStories}`,
  },
  {
    fault: 'permits: one more is out than the limit says',
    file: `${protocol}/permit.ts`,
    from: 'ends.length >= limit',
    to: 'ends.length > limit',
    tests: permitLaws,
  },
  {
    fault: 'permits: a lease lasts for as long as the clock has stepped back',
    file: `${protocol}/permit.ts`,
    from: 'Math.min(end, latest)',
    to: 'end',
    tests: `${permitLaws} ${permitStories}`,
  },
  {
    fault: 'permits: a renewal takes what has run out',
    file: `${protocol}/permit.ts`,
    from: "(action === 'renew' || ends.length >= limit)",
    to: 'ends.length >= limit',
    tests: `${permitLaws} ${permitStories}`,
  },
  {
    fault: 'rate limit: the fraction of a microsecond is given away',
    file: `${protocol}/limit.ts`,
    from: 'Math.ceil(cells',
    to: 'Math.floor(cells',
    tests: limitLaws,
  },
  {
    fault: 'rate limit: time that has passed does not count',
    file: `${protocol}/limit.ts`,
    from: 'Math.max(found.arrival, nowUs)',
    to: 'found.arrival || nowUs',
    tests: limitLaws,
  },
  {
    fault: 'rate limit: debt is forgiven',
    file: `${protocol}/limit.ts`,
    from: 'begin + cost(debt, intervalUs)',
    to: 'begin',
    tests: limitLaws,
  },
  {
    fault: 'rate limit: debt has no end',
    file: `${protocol}/limit.ts`,
    from: 'nowUs + 2 * toleranceUs)',
    to: 'Infinity)',
    tests: limitStories,
  },
  {
    fault: 'rate limit: a rounded interval takes a cell from the burst',
    file: `${protocol}/limit.ts`,
    from: ' * nearlyOne',
    to: '',
    tests: limitStories,
  },
  {
    fault: 'retry budget: what comes twice counts twice',
    file: `${protocol}/budget.ts`,
    from: 'sequence <= last.sequence',
    to: 'sequence < 0',
    tests: budgetLaws,
  },
  {
    fault: 'retry budget: whoever comes twice hears of an old window',
    file: `${protocol}/budget.ts`,
    from: 'replyOf(ring, living)',
    to: 'replyOf(living.ring, living)',
    tests: budgetLaws,
  },
  {
    fault: 'registry: the silent are counted',
    file: `${protocol}/heartbeat.ts`,
    from: 'at > now - aliveMs',
    to: 'at > 0',
    tests: registryStories,
  },
  {
    fault: 'registry: it has no bound',
    file: `${protocol}/heartbeat.ts`,
    from: 'isNew && count === maximumObjects',
    to: 'isNew && count === Infinity',
    tests: registryStories,
  },
  {
    fault: 'script of slices: a lost key is not noticed',
    file: `${scripts}/slice.lua`,
    from: "call('ZCARD', KEYS[2]) == members",
    to: 'true',
    tests: twins,
  },
  {
    fault: 'script of slices: leases are not cut where the clock has stepped back',
    file: `${scripts}/slice.lua`,
    from: 'if now < askedAt then',
    to: 'if false then',
    tests: twins,
  },
  {
    fault: 'script of slices: a key that began again has no end',
    file: `${scripts}/slice.lua`,
    from: ' and #gone == 0',
    to: '',
    tests: twins,
  },
  {
    fault: 'script of permits: what has run out stays',
    file: `${scripts}/permit.lua`,
    from: "call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))",
    to: '',
    tests: twins,
  },
  {
    fault: 'script of the rate limit: debt has no end',
    file: `${scripts}/limit.lua`,
    from: 'nowUs + 2 * toleranceUs)',
    to: 'math.huge)',
    tests: twins,
  },
  {
    fault: 'script of the retry budget: old counts stay where the window begins again',
    file: `${scripts}/budget.lua`,
    from: "if isNew and found[1] then call('DEL', KEYS[1]) end",
    to: '',
    tests: twins,
  },
  {
    fault: 'script of heartbeats: a wrong clock’s names are known for ever',
    file: `${scripts}/heartbeat.lua`,
    from: "call('ZREMRANGEBYSCORE', KEYS[2], text(newest), '+inf')",
    to: '',
    tests: twins,
  },
]
