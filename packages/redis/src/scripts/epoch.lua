-- How a circuit is judged and begins a new epoch; it stands in front of the scripts that change circuits. The twin of
-- breaker-policy.ts, repair.ts and of entered in breaker-record.ts.
--
-- KEYS  1 circuit c, 2 reporters i, 3 failing v, 4 leases p
-- ARGV  1 id, 2 channel, 3 to 6 the claim's epoch, status, remaining time and openings, 7 policy

local ringSize, idleMs = 10, 600000

-- The codes of why counts were dropped.
local kept, ofEpoch, ofState, duplicate, repaired = 0, 1, 2, 3, 4

-- Most of the rules are read when the first of them is asked for: a flush without failures needs none.
local rules = {}
function rules.__index(policy, name)
  local version, bucketMs, minimumCalls, failureRatio, burstRatio, openMs, maximumOpenMs, probes, probeSuccesses, probeLeaseMs, quorumRatio, quorumMinimum, quorumMaximum =
    policy.encoded:match('^(%d+),(%d+),(%d+),(%d[%d.e-]*),(%d[%d.e-]*),(%d+),(%d+),(%d+),(%d+),(%d+),(%d[%d.e-]*),(%d+),(%d+)$')
  setmetatable(policy, nil)
  if not version then return nil end
  policy.minimumCalls = tonumber(minimumCalls)
  policy.failureRatio = tonumber(failureRatio)
  policy.burstRatio = tonumber(burstRatio)
  policy.openMs = tonumber(openMs)
  policy.maximumOpenMs = tonumber(maximumOpenMs)
  policy.probes = tonumber(probes)
  policy.probeSuccesses = tonumber(probeSuccesses)
  policy.probeLeaseMs = tonumber(probeLeaseMs)
  policy.quorumRatio = tonumber(quorumRatio)
  policy.quorumMinimum = tonumber(quorumMinimum)
  policy.quorumMaximum = tonumber(quorumMaximum)
  return policy[name]
end

local function policyOf(encoded)
  local version, bucketMs = encoded:match('^(%d+),(%d+),')
  return setmetatable({ version = tonumber(version), bucketMs = tonumber(bucketMs), encoded = encoded }, rules)
end

-- What was stored may be anything.
local function isSound(policy)
  for _, name in ipairs({ 'failureRatio', 'burstRatio', 'quorumRatio' }) do
    if not policy[name] or policy[name] == math.huge then return false end
  end
  for name, number in pairs(policy) do
    if name ~= 'encoded' and number > largest and not name:find('Ratio') then return false end
  end
  return policy.bucketMs > 0
end

local sent = policyOf(ARGV[7])
local claim = {
  epoch = tonumber(ARGV[3]),
  status = tonumber(ARGV[4]),
  remainingMs = tonumber(ARGV[5]),
  openings = tonumber(ARGV[6]),
}

-- The rules by which the circuit is judged: those of the highest version that was ever sent.
local function rulesOf(circuit)
  if sent.version >= circuit.version then return sent end
  local stored = policyOf(call('HGET', KEYS[1], 'pt') or '')
  return isSound(stored) and stored or sent
end

local function put(fields, name, value)
  local count = #fields
  fields[count + 1], fields[count + 2] = name, value
end

-- Adds to the fields to be written what makes rules bind others; version 0 binds nobody.
local function bind(circuit, fields)
  if sent.version <= circuit.version then return end
  circuit.version, circuit.policy = sent.version, ARGV[7]
  put(fields, 'pv', text(sent.version))
  put(fields, 'pt', ARGV[7])
end

local function nextEpoch(epoch)
  return max(epoch + 1, now)
end

local function keepMs(policy, openMs)
  return max(idleMs, 2 * openMs, 4 * ringSize * policy.bucketMs, 2 * policy.probeLeaseMs)
end

local function longestOpenMs(policy)
  return min(policy.maximumOpenMs, dayMs)
end

-- Doubles with every opening in a row.
local function openFor(openings, policy)
  return min(longestOpenMs(policy), policy.openMs * 2 ^ min(openings - 1, 50))
end

-- The probes of a half-open circuit are gone with its epoch: it is open with nothing left to wait for.
local function again(reason, epoch, status, remaining, openings)
  if status == closed then
    return { reason = reason, epoch = epoch, status = closed, openMs = 0, openings = 0 }
  end
  local openMs = status == open and remaining or 0
  return { reason = reason, epoch = epoch, status = open, openMs = openMs, openings = openings }
end

-- What a new epoch begins with where the claim does not fit; nil where it fits.
local function repair(circuit, policy)
  if claim.epoch < circuit.epoch then return nil end
  if claim.epoch == circuit.epoch and claim.status == circuit.status then return nil end
  local left = remainingMs(circuit)
  local claimed = min(claim.remainingMs, longestOpenMs(policy))
  -- Half a day between them, so that whoever is led back sees that it is no late answer.
  if claim.epoch >= now + dayMs and claim.epoch - circuit.epoch > dayMs / 2 then
    return again('rebased', nextEpoch(circuit.epoch), circuit.status, left, circuit.openings)
  end
  if claim.epoch > circuit.epoch then
    return again('restored', nextEpoch(claim.epoch), claim.status, claimed, claim.openings)
  end
  local strictness = { [closed] = 0, [halfOpen] = 1, [open] = 2 }
  local both = strictness[circuit.status] >= strictness[claim.status] and circuit.status or claim.status
  local longer = max(left, claimed)
  local more = max(circuit.openings, claim.openings)
  return again('conflict', nextEpoch(circuit.epoch), both, longer, more)
end

-- Begins a new epoch from zero, and tells all instances. Nothing may have been written before. The reporters are counted
-- where their number is not given.
local function enter(circuit, verdict, policy, reporters)
  local stored = circuit.policy or (circuit.version > 0 and call('HGET', KEYS[1], 'pt')) or ''
  reporters = reporters or call('HLEN', KEYS[2])
  if reporters == 0 then reporters = circuit.reportersBefore end
  -- A key of another type is not ours to delete.
  call('ZCARD', KEYS[3])
  call('ZCARD', KEYS[4])
  local epoch, status, openMs = text(verdict.epoch), verdict.status, verdict.openMs
  local openings, ends = text(verdict.openings), status == open and now + openMs or 0
  call('DEL', unpack(KEYS))
  call(
    'HSET', KEYS[1], 'e', epoch, 'st', text(status), 'un', text(ends), 'od', text(openMs), 'k', openings,
    'at', text(now), 'rb', text(reporters), 'pv', text(circuit.version), 'pt', stored
  )
  call('PEXPIRE', KEYS[1], text(keepMs(policy, openMs)))
  local message = { '1', ARGV[1], epoch, text(status), text(openMs), verdict.reason, openings }
  call('PUBLISH', ARGV[2], table.concat(message, '|'))
  return {
    epoch = verdict.epoch,
    status = status,
    ends = ends,
    openMs = openMs,
    openings = verdict.openings,
    version = circuit.version,
  }
end

-- A circuit that is left as it is, except for a clock that stepped back.
local function leave(circuit)
  if circuit.clamped then call('HSET', KEYS[1], 'un', text(circuit.ends)) end
  return circuit
end
