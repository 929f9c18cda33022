-- How the health of a service changes and is written; it stands in front of the scripts that change it. The twin of
-- health-policy.ts, health-change.ts, health-register.ts and message.ts.
--
-- KEYS  1 service c, 2 reporters i, 3 failing v, 4 leases p
-- ARGV  1 id, 2 channel, 3 policy

local function healthPolicyOf(encoded)
  local circuit, ejectedRatio, healthy, dwellMs = encoded:match('^(.*),(%d[%d.e-]*),(%d+),(%d+)$')
  local found = policyOf(circuit or '')
  found.maximumEjectedRatio = tonumber(ejectedRatio or '')
  found.minimumHealthy, found.dwellMs = tonumber(healthy), tonumber(dwellMs)
  return found
end

-- What was stored may be anything.
local function isSoundHealth(stored)
  local ratio = stored.maximumEjectedRatio
  return ratio and ratio < math.huge and isSound(stored)
end

-- The rules by which the service is judged: those of the highest version that was ever sent.
local sent = healthPolicyOf(ARGV[3])
local policy = sent
if sent.version < version then
  local stored = healthPolicyOf(fields.pt or '')
  if isSoundHealth(stored) then policy = stored end
end

local function bind()
  if sent.version <= version then return end
  version, fields.newPolicy = sent.version, ARGV[3]
end

local function healthKeepMs()
  return text(max(keepMs(policy, longestOpenMs(policy)), 2 * policy.dwellMs))
end

-- The counts of an endpoint's window: how long a bucket lasts, the newest bucket's number, successes, failures.
local successesAt, failuresAt, ringNumbers = 3, 3 + ringSize, 2 + 2 * ringSize

local function ringOf(endpoint)
  if not endpoint.ring then endpoint.ring = numbersOf(fields['r:' .. endpoint.name], ringNumbers) end
  return endpoint.ring
end

local function ejected()
  local count = 0
  for _, endpoint in pairs(endpoints) do
    if endpoint[statusAt] ~= closed then count = count + 1 end
  end
  return count
end

-- Whether one more endpoint may be ejected.
local function mayEject()
  local away = ejected()
  if away + 1 > policy.maximumEjectedRatio * #roster then return false end
  return #roster - away - 1 >= policy.minimumHealthy
end

-- What all instances are to be told, and of which endpoints all that others have said is to be forgotten.
local messages, forgotten = {}, {}

-- A new epoch of one endpoint begins from zero.
local function enter(endpoint, verdict)
  local begun = endpointOf(endpoint.name)
  begun.group, begun.seen, begun.since = endpoint.group, endpoint.seen, now
  begun.epoch, begun.status, begun.openMs = verdict.epoch, verdict.status, verdict.openMs
  begun.openings, begun.ends = verdict.openings, verdict.status == open and now + verdict.openMs or 0
  begun.ring = numbersOf(nil, ringNumbers)
  endpoints[endpoint.name] = begun
  forgotten[endpoint.name] = true
  table.insert(messages, table.concat({
    '1e', ARGV[1], endpoint.name, text(verdict.epoch), text(verdict.status), text(verdict.openMs), verdict.reason,
    text(verdict.openings),
  }, '|'))
  return begun
end

-- As for a circuit. An ejection that was lost comes back only if it still may be. Whether there was anything to mend.
local function mend(endpoint, claim)
  if claim.epoch < endpoint.epoch or (claim.epoch == endpoint.epoch and claim.status == endpoint.status) then
    return false
  end
  local verdict = repair(endpoint, claim, policy)
  if not verdict then return false end
  local ejects = endpoint.status == closed and verdict.status ~= closed
  if ejects and not mayEject() then
    verdict.status, verdict.openMs = closed, 0
  end
  enter(endpoint, verdict)
  return true
end

-- An endpoint should be ejected and may not, or more are ejected than may be, as when others have gone out of use.
local function panics()
  local known, away = #roster, ejected()
  if away > policy.maximumEjectedRatio * known then return 1 end
  if away > 0 and known - away < policy.minimumHealthy then return 1 end
  for _, endpoint in pairs(endpoints) do
    if endpoint[heldAt] == 1 then return mayEject() and 0 or 1 end
  end
  return 0
end

local function hasHealthy(group)
  for _, endpoint in pairs(endpoints) do
    if endpoint[groupAt] == group and endpoint[statusAt] == closed then return true end
  end
  return false
end

-- The group to be used: another at once when none of its endpoints is healthy, and an earlier one that has a healthy
-- endpoint as soon as it has been in use for long enough.
local function activeOf(active, since)
  local first
  for _, endpoint in pairs(endpoints) do
    if endpoint[statusAt] == closed then first = min(first or endpoint[groupAt], endpoint[groupAt]) end
  end
  if not first then return active end
  if not hasHealthy(active) then return first end
  return now - since >= policy.dwellMs and min(active, first) or active
end

-- As a circuit is repaired. Who disagrees about the group in use agrees on the one that is used later.
local function mendRegister(claim)
  local epoch, active, since = register.epoch, register.active, register.since
  if claim.epoch >= now + dayMs and claim.epoch - epoch > dayMs / 2 then return nextEpoch(epoch), active, since, 'rebased' end
  if claim.epoch > epoch then return nextEpoch(claim.epoch), claim.active, now, 'restored' end
  if claim.epoch < epoch or (claim.active == active and claim.panic == register.panic) then return nil end
  return nextEpoch(epoch), max(active, claim.active), now, 'conflict'
end

-- Repairs the register where a claim, if there is one, shows that it must be, and lets it follow what the endpoints have
-- become.
local function regulate(claim)
  local epoch, from, since, reason
  if claim then
    epoch, from, since, reason = mendRegister(claim)
  end
  from, since = from or register.active, since or register.since
  local panic, active = panics(), activeOf(from, since)
  if not epoch and panic == register.panic and active == register.active then return end
  if not reason and active == register.active then reason = panic == 1 and 'panic' or 'calm' end
  reason = reason or (hasHealthy(register.active) and 'failback' or 'failover')
  register.epoch, register.panic = epoch or nextEpoch(register.epoch), panic
  register.active, register.since = active, active == from and since or now
  table.insert(messages, table.concat({
    '1r', ARGV[1], text(register.epoch), text(active), text(panic), reason,
  }, '|'))
end

-- What is stored of a kind about endpoints whose past is to be forgotten. Reading it fails where the key is not ours.
local function pastOf(key)
  local past = {}
  if not next(forgotten) then return past end
  for _, member in ipairs(call('ZRANGE', key, 0, -1)) do
    if forgotten[member:match('^[^:]*')] then table.insert(past, member) end
  end
  return past
end

-- Writes what has become of the service's own fields.
local function write()
  local set, gone = {}, {}
  local function put(name, value, was)
    if value == (fields[name] or was) then return end
    local count = #set
    set[count + 1], set[count + 2] = name, value
  end
  if register.isChanged then put('g', encode(register)) end
  put('l', table.concat(roster, ','), '')
  if fields.newPolicy then
    put('pv', text(version))
    put('pt', fields.newPolicy)
  end
  for name, endpoint in pairs(endpoints) do
    if endpoint.isChanged then put('s:' .. name, encode(endpoint)) end
    local ring = endpoint.ring
    if ring and ring[1] > 0 then
      put('r:' .. name, encode(ring))
    elseif ring and fields['r:' .. name] then
      table.insert(gone, 'r:' .. name)
    end
  end
  for name in pairs(forgotten) do
    if not endpoints[name] then
      table.insert(gone, 's:' .. name)
      table.insert(gone, 'r:' .. name)
    end
  end
  if #set > 0 then call('HSET', KEYS[1], unpack(set)) end
  if #gone > 0 then call('HDEL', KEYS[1], unpack(gone)) end
end

local function publish()
  for _, message in ipairs(messages) do
    call('PUBLISH', ARGV[2], message)
  end
end
