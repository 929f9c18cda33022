-- Takes, renews or gives back one permit of a strict bulkhead. The twin of permit.ts.
--
-- KEYS     1 permits t: by token the end of its lease
-- ARGV     1 action: 0 to acquire, 1 to renew, 2 to release; 2 token, 3 limit, 4 lease
-- returns  1 if granted, time to the next lease's end

local action, token, limit, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local after, latest = '(' .. text(now), now + leaseMs

local ends = call('ZSCORE', KEYS[1], token)
local isHeld = ends and tonumber(ends) > now
local shortened = call('ZRANGEBYSCORE', KEYS[1], '(' .. text(latest), '+inf')
local granted, waitMs = action ~= '2' and isHeld, 0
if action == '0' and not isHeld then
  granted = call('ZCOUNT', KEYS[1], after, '+inf') < limit
  local first = not granted and call('ZRANGEBYSCORE', KEYS[1], after, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if first and first[2] then waitMs = min(tonumber(first[2]), latest) - now end
end

call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
-- No lease ends later than one that begins now: the clock has stepped back.
for _, name in ipairs(shortened) do
  call('ZADD', KEYS[1], text(latest), name)
end
if granted then
  call('ZADD', KEYS[1], text(latest), token)
  call('PEXPIRE', KEYS[1], text(2 * leaseMs))
elseif action == '2' then
  call('ZREM', KEYS[1], token)
end
return { granted and 1 or 0, waitMs }
