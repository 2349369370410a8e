/**
 * What the server does in one step. Both keys of a session stand in one hash slot. The scripts are sent whole each time:
 * a server that was restarted or replaced knows none of them.
 */

/** Takes the lock if it is free, and gives what is kept, who has the lock, and the server's time. */
export const ACQUIRE = `
local now = redis.call('TIME')
local owner = ARGV[1] .. ' ' .. now[1]
redis.call('SET', KEYS[2], owner, 'NX', 'PX', ARGV[2])
return { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), now[1], now[2] }`;

/** Keeps the lock for longer, if it still is the owner's. */
export const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Gives the lock back, if it still is the owner's. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * Keeps a value, if what is kept still has the tag that was read. What is gone was lost or has expired: a logout leaves
 * a mark. The same value a second time is the first one again, whose answer did not arrive.
 */
export const REPLACE = `
local kept = redis.call('GET', KEYS[1])
if kept == ARGV[1] then return 1 end
if kept and string.match(kept, '^[^.]*') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`;
