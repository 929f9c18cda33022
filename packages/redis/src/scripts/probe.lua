-- Grants probes, a fixed total for each half-open epoch, and judges those that have ended. The twin of probe.ts.
--
-- ARGV     8 how many probes are wanted, then for each report the token's number and the result's code
-- returns  epoch, status, remaining time, openings, why reports were dropped, first token, tokens, their lease, time to
--          the next lease's end, leases given up, 1 if rules of a higher version were used

local wanted = tonumber(ARGV[8])

local circuit, found = read('ps', 'pf', 'pl', 'pg', 'pn', 'pr')
local round = {
  succeeded = whole(found[9]),
  failed = whole(found[10]),
  lost = whole(found[11]),
  granted = whole(found[12]),
  numbered = whole(found[13]),
  returned = whole(found[14]),
}
local policy = rulesOf(circuit)
local expired = 0

-- Of each running probe, when its lease ends.
local leases = {}
local stored = call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')
for each = 1, #stored, 2 do
  leases[stored[each]] = tonumber(stored[each + 1])
end

local function answer(left, dropped, firstToken, tokens)
  if #ARGV == 8 and dropped ~= repaired then dropped = kept end
  local soonest
  for _, ends in pairs(leases) do
    soonest = min(soonest or ends, ends)
  end
  return {
    left.epoch, left.status, remainingMs(left), left.openings, dropped,
    firstToken, tokens, tokens > 0 and policy.probeLeaseMs or 0, soonest and max(0, soonest - now) or 0, expired,
    sent.version < left.version and 1 or 0,
  }
end

local function begin(verdict)
  leases = {}
  return enter(circuit, verdict, policy)
end

-- The fields to be written, and whether there is anything to write.
local fields, isChanged = {}, circuit.clamped

local function grant(into)
  local tokens = max(0, min(wanted, policy.probes - round.granted))
  local first, keep = tokens > 0 and round.numbered + 1 or 0, text(keepMs(policy, 0))
  local scores, ends = {}, now + policy.probeLeaseMs
  for number = first, first + tokens - 1 do
    local token = text(into.epoch) .. ':' .. text(number)
    leases[token] = ends
    put(scores, text(ends), token)
  end
  if tokens > 0 then
    round.granted, round.numbered = round.granted + tokens, round.numbered + tokens
    call('ZADD', KEYS[4], unpack(scores))
    call('PEXPIRE', KEYS[4], keep)
  end
  if tokens > 0 or isChanged then
    call(
      'HSET', KEYS[1], 'ps', text(round.succeeded), 'pf', text(round.failed), 'pl', text(round.lost),
      'pg', text(round.granted), 'pn', text(round.numbered), 'pr', text(round.returned), unpack(fields)
    )
  end
  if tokens > 0 then call('PEXPIRE', KEYS[1], keep) end
  return answer(into, kept, first, tokens)
end

local verdict = repair(circuit, claim, policy)
if verdict then return answer(begin(verdict), repaired, 0, 0) end
if claim.epoch ~= circuit.epoch then return answer(leave(circuit), ofEpoch, 0, 0) end
if circuit.status == closed then return answer(circuit, ofState, 0, 0) end
if circuit.status == open then
  if wanted == 0 or now < circuit.ends then return answer(leave(circuit), ofState, 0, 0) end
  bind(circuit, {})
  round = { succeeded = 0, failed = 0, lost = 0, granted = 0, numbered = 0, returned = 0 }
  local epoch, openings = nextEpoch(circuit.epoch), circuit.openings
  return grant(begin({ reason = 'probing', epoch = epoch, status = halfOpen, openMs = 0, openings = openings }))
end

bind(circuit, fields)
isChanged = #fields > 0
local removed, shortened = {}, {}

shorten(leases, policy, shortened)

local function withoutLease(token)
  leases[token], shortened[token] = nil, nil
  table.insert(removed, token)
  isChanged = true
end

-- What was reported counts once, and only while the lease stands.
for each = 9, #ARGV, 2 do
  local token, result = text(circuit.epoch) .. ':' .. ARGV[each], tonumber(ARGV[each + 1])
  if leases[token] then
    withoutLease(token)
    count(round, result, policy)
  end
end

expired = giveUp(round, leases, withoutLease)
isChanged = isChanged or expired > 0

-- Closes when enough have succeeded. Opens when too few still can; for longer only if somebody has seen a failure.
local epoch = nextEpoch(circuit.epoch)
if round.succeeded >= policy.probeSuccesses then
  return answer(begin({ reason = 'recovered', epoch = epoch, status = closed, openMs = 0, openings = 0 }), kept, 0, 0)
end
if round.failed > policy.probes - policy.probeSuccesses then
  local more = round.failed == round.lost and max(1, circuit.openings) or circuit.openings + 1
  local openMs = openFor(more, policy)
  return answer(begin({ reason = 'relapsed', epoch = epoch, status = open, openMs = openMs, openings = more }), kept, 0, 0)
end

if #removed > 0 then call('ZREM', KEYS[4], unpack(removed)) end
for token in pairs(shortened) do
  call('ZADD', KEYS[4], text(leases[token]), token)
end
return grant(circuit)
