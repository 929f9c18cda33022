-- Gives an instance its share of a bulkhead. The twin of slice.ts.
--
-- Besides the slice of each instance the hash has their sums, so that one call costs the same however many there are.
-- A key that is lost alone is noticed by the number of members.
--
-- KEYS     1 slices h, by instance `permits,target,want,sequence`, and in the field `=` the sums of the first three, the
--          number of members, the longest lease and when somebody asked last; 2 leases z
-- ARGV     1 instance, 2 sequence, 3 limit, 4 wanted permits, 5 permits in use, 6 lease
-- returns  slice, target, members, 1 if coarse

local instance, sequence, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local want, keep, leaseMs = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local function sliceOf(found)
  local permits, target, wanted, last = (found or ''):match('^(%d+),(%d+),(%d+),(%d+)$')
  if not permits or #found > 64 then return { permits = 0, target = 0, want = 1, sequence = 0 } end
  return {
    permits = tonumber(permits),
    target = tonumber(target),
    want = max(1, tonumber(wanted)),
    sequence = tonumber(last),
  }
end

local found = call('HMGET', KEYS[1], '=', instance)
local own = found[2] and sliceOf(found[2])
local permits, targets, wants, members, longest, asked =
  (found[1] or '0,0,0,0,0,0'):match('^(%d+),(%d+),(%d+),(%d+),(%d+),(%d+)$')
local sums = { permits = tonumber(permits), target = tonumber(targets), want = tonumber(wants) }
members = tonumber(members)
-- Without the sums there may be slices yet, unless there is no lease.
local isWhole = call('ZCARD', KEYS[2]) == members
local longestMs, askedAt = max(leaseMs, min(tonumber(longest) or 0, dayMs)), tonumber(asked) or 0
local latest = now + longestMs

local function add(slice, sign)
  sums.permits = sums.permits + sign * slice.permits
  sums.target = sums.target + sign * slice.target
  sums.want = sums.want + sign * slice.want
  members = members + sign
end

-- Whose lease has ended, and whose is to end with one that begins now: it has none, or the clock has stepped back.
local gone, shortened, names = {}, {}, nil
if isWhole then
  gone = call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now))
  if now < askedAt then shortened = call('ZRANGEBYSCORE', KEYS[2], '(' .. text(latest), '+inf') end
  for _, name in ipairs(gone) do
    add(sliceOf(call('HGET', KEYS[1], name)), -1)
  end
else
  sums, members = { permits = 0, target = 0, want = 0 }, 0
  names = {}
  local ends, leases, slices = {}, call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'), call('HGETALL', KEYS[1])
  for each = 1, #leases, 2 do
    ends[leases[each]] = tonumber(leases[each + 1])
  end
  for each = 1, #slices, 2 do
    local name = slices[each]
    local left = ends[name] or latest
    if name ~= '=' and left > now then
      add(sliceOf(slices[each + 1]), 1)
      table.insert(names, name)
      if left > latest or not ends[name] then table.insert(shortened, name) end
      ends[name] = nil
    end
  end
  for name in pairs(ends) do
    table.insert(gone, name)
  end
end
local isGone = {}
for _, name in ipairs(gone) do
  isGone[name] = true
end
if isGone[instance] then own = false end

local function rank()
  local before = 0
  for _, name in ipairs(names or call('ZRANGE', KEYS[2], 0, -1)) do
    if name < instance and not isGone[name] then before = before + 1 end
  end
  return before
end

-- All get what they want while there is enough. Else each has one permit and of the rest a part in proportion to what it
-- wants beyond that. Where there is not one for everybody, each in turn has one. The sums are of the others.
local function fairShare(free)
  local all, wanted = members + 1, sums.want + want
  if wanted <= limit then return want end
  if limit < all then return (rank() + floor(now / longestMs)) % all < limit and 1 or 0 end
  local shared, parts = (limit - all) * (want - 1), wanted - all
  local share = 1 + floor(shared / parts)
  local isRounded = shared > (share - 1) * parts
  local leftOver = isRounded and free > share and limit > sums.target + share
  return leftOver and share + 1 or share
end

local function answer(slice)
  for _, name in ipairs(gone) do
    call('HDEL', KEYS[1], name)
    call('ZREM', KEYS[2], name)
  end
  for _, name in ipairs(shortened) do
    call('ZADD', KEYS[2], text(latest), name)
  end
  return { slice.permits, slice.target, members, limit < 2 * members and 1 or 0 }
end

-- Expiry costs a command a key, so it is renewed once a lease, and when a member or a key was lost.
local isSameLease = floor(now / longestMs) == floor(askedAt / longestMs)
local isExpiryDue = not (isSameLease and isWhole and #gone == 0 and longestMs == tonumber(longest))

local function write(...)
  local all = string.format(
    '%.0f,%.0f,%.0f,%.0f,%.0f,%.0f', sums.permits, sums.target, sums.want, members, longestMs, now
  )
  call('HSET', KEYS[1], '=', all, ...)
  if isExpiryDue then
    call('PEXPIRE', KEYS[1], text(3 * longestMs))
    call('PEXPIRE', KEYS[2], text(3 * longestMs))
  end
end

if own and sequence <= own.sequence then
  local reply = answer(own)
  write()
  return reply
end

if own then add(own, -1) end
local free = limit - sums.permits
local kept = max(0, min(keep, own and own.permits or free))
-- Who uses permits that the server knows nothing of has just those until it asks again.
local isForgotten = not own and keep > 0
local target = want == 0 and 0 or min(want, isForgotten and kept or fairShare(free))
local slice = { permits = max(kept, min(target, free)), target = target, want = max(1, want), sequence = sequence }
local stays = want > 0 or slice.permits > 0
if stays then add(slice, 1) end
local reply = answer(slice)
if members == 0 then
  call('DEL', KEYS[1], KEYS[2])
elseif stays then
  call('ZADD', KEYS[2], text(now + leaseMs), instance)
  write(instance, string.format('%.0f,%.0f,%.0f,%.0f', slice.permits, slice.target, slice.want, sequence))
else
  call('HDEL', KEYS[1], instance)
  call('ZREM', KEYS[2], instance)
  write()
end
return reply
