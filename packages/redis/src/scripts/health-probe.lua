-- Lets one ejected endpoint come back: grants probes, a fixed total for each half-open epoch, and judges those that have
-- ended. The twin of health-probe.ts and probe.ts.
--
-- ARGV     4 endpoint, 5 to 8 the claim's epoch, status, remaining time and openings, 9 how many probes are wanted, then
--          for each report the token's number and the result's code
-- returns  the register's epoch, active group and panic, epoch, status, remaining time, openings, why reports were dropped,
--          first token, tokens, their lease, time to the next lease's end, leases given up, 1 if rules of a higher version
--          were used

local name, wanted = ARGV[4], tonumber(ARGV[9])
local claim = {
  epoch = tonumber(ARGV[5]),
  status = tonumber(ARGV[6]),
  remainingMs = tonumber(ARGV[7]),
  openings = tonumber(ARGV[8]),
}
local endpoint = endpoints[name]

-- Of each running probe of the endpoint, when its lease ends; and what has to be written of them.
local leases, removed, added = {}, {}, {}
local stored = call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')
for each = 1, #stored, 2 do
  if stored[each]:match('^[^:]*') == name then leases[stored[each]] = tonumber(stored[each + 1]) end
end
local expired, firstToken, tokens = 0, 0, 0

local function grant()
  tokens = max(0, min(wanted, policy.probes - endpoint.granted))
  if tokens == 0 then return end
  firstToken = endpoint.numbered + 1
  local ends = now + policy.probeLeaseMs
  for number = firstToken, firstToken + tokens - 1 do
    local token = name .. ':' .. text(endpoint.epoch) .. ':' .. text(number)
    leases[token], added[token] = ends, ends
  end
  endpoint.granted, endpoint.numbered = endpoint.granted + tokens, endpoint.numbered + tokens
end

local function withoutLease(token)
  leases[token], added[token] = nil, nil
  table.insert(removed, token)
end

-- What was reported counts once, and only while the lease stands.
local function report(number, result)
  local token = name .. ':' .. text(endpoint.epoch) .. ':' .. number
  if not leases[token] then return end
  withoutLease(token)
  count(endpoint, result, policy)
end

-- Closes when enough have succeeded; a recovery does not make up for the ejections before it: time does. Opens when too
-- few still can succeed; for longer only if somebody has seen a failure.
local function verdict()
  local epoch, openings = nextEpoch(endpoint.epoch), endpoint.openings
  if endpoint.succeeded >= policy.probeSuccesses then
    return { reason = 'recovered', epoch = epoch, status = closed, openMs = 0, openings = openings }
  end
  if endpoint.failed <= policy.probes - policy.probeSuccesses then return nil end
  local more = endpoint.failed == endpoint.lost and max(1, openings) or openings + 1
  return { reason = 'relapsed', epoch = epoch, status = open, openMs = openFor(more, policy), openings = more }
end

local function begin(with)
  endpoint = enter(endpoint, with)
  leases, removed, added = {}, {}, {}
end

local function settle()
  shorten(leases, policy, added)
  for each = 10, #ARGV, 2 do
    report(ARGV[each], tonumber(ARGV[each + 1]))
  end
  expired = giveUp(endpoint, leases, withoutLease)
  local with = verdict()
  if not with then return grant() end
  begin(with)
end

-- Why reports changed nothing.
local function attempt()
  -- Of an endpoint that it does not know the server learns by the next flush.
  if not endpoint then
    leases = {}
    return ofEpoch
  end
  if mend(endpoint, claim) then
    leases = {}
    return repaired
  end
  if claim.epoch ~= endpoint.epoch then return ofEpoch end
  if endpoint.status == closed then return ofState end
  if endpoint.status == halfOpen then
    settle()
    return kept
  end
  if wanted == 0 or now < endpoint.ends then return ofState end
  local epoch, openings = nextEpoch(endpoint.epoch), endpoint.openings
  begin({ reason = 'probing', epoch = epoch, status = halfOpen, openMs = 0, openings = openings })
  grant()
  return kept
end

local dropped = attempt()
if #ARGV == 9 and dropped ~= repaired then dropped = kept end
regulate()

-- First what may fail because the key is of another type.
local noVotes, noLeases = pastOf(KEYS[3]), pastOf(KEYS[4])
write()
if #noVotes > 0 then call('ZREM', KEYS[3], unpack(noVotes)) end
if #noLeases > 0 then call('ZREM', KEYS[4], unpack(noLeases)) end
if #removed > 0 then call('ZREM', KEYS[4], unpack(removed)) end
for token, ends in pairs(added) do
  call('ZADD', KEYS[4], text(ends), token)
end
if tokens > 0 then call('PEXPIRE', KEYS[4], healthKeepMs()) end
if tokens > 0 or #messages > 0 then call('PEXPIRE', KEYS[1], healthKeepMs()) end
publish()

local soonest
for _, ends in pairs(leases) do
  soonest = min(soonest or ends, ends)
end
local reply = { register.epoch, register.active, register.panic }
tell(reply, name)
for _, value in ipairs({
  dropped, firstToken, tokens, tokens > 0 and policy.probeLeaseMs or 0, soonest and max(0, soonest - now) or 0, expired,
  sent.version < version and 1 or 0,
}) do
  table.insert(reply, value)
end
return reply
