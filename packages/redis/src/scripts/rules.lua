-- By which rules circuits and endpoints are judged, and how what was lost is made good; it stands in front of the scripts
-- that change them. The twin of breaker-policy.ts and repair.ts.

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

local function nextEpoch(epoch)
  return max(epoch + 1, now)
end

local function keepMs(policy, openMs)
  return max(idleMs, 2 * openMs, 4 * ringSize * policy.bucketMs, 2 * policy.probeLeaseMs)
end

local function longestOpenMs(policy)
  return min(policy.maximumOpenMs, dayMs)
end

-- How many distinct instances must have seen failures when so many report.
local function quorumOf(reporters, policy)
  local share = math.ceil(policy.quorumRatio * reporters)
  return min(reporters, max(policy.quorumMinimum, min(policy.quorumMaximum, share)))
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
local function repair(standing, claim, policy)
  if claim.epoch < standing.epoch then return nil end
  if claim.epoch == standing.epoch and claim.status == standing.status then return nil end
  local left = remainingMs(standing)
  local claimed = min(claim.remainingMs, longestOpenMs(policy))
  -- Half a day between them, so that whoever is led back sees that it is no late answer.
  if claim.epoch >= now + dayMs and claim.epoch - standing.epoch > dayMs / 2 then
    return again('rebased', nextEpoch(standing.epoch), standing.status, left, standing.openings)
  end
  if claim.epoch > standing.epoch then
    return again('restored', nextEpoch(claim.epoch), claim.status, claimed, claim.openings)
  end
  local strictness = { [closed] = 0, [halfOpen] = 1, [open] = 2 }
  local both = strictness[standing.status] >= strictness[claim.status] and standing.status or claim.status
  local longer = max(left, claimed)
  local more = max(standing.openings, claim.openings)
  return again('conflict', nextEpoch(standing.epoch), both, longer, more)
end
