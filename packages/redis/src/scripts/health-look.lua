-- Reads the health of endpoints; changes nothing. The twin of health-look.ts.
--
-- ARGV     endpoints
-- returns  the register's epoch, active group and panic, then of each endpoint epoch, status, remaining time, openings

local reply = { register.epoch, register.active, register.panic }
for _, name in ipairs(ARGV) do
  tell(reply, name)
end
return reply
