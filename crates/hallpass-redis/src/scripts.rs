//! What Redis does in one step for us.

/// A script, and the hash by which a server knows it once it has run it.
pub(crate) struct Script {
    pub(crate) code: &'static str,
    pub(crate) hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

/// All of them.
pub(crate) struct Scripts {
    pub(crate) increment: Script,
    pub(crate) compare_and_set: Script,
    pub(crate) compare_and_delete: Script,
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self {
            increment: Script::new(INCREMENT),
            compare_and_set: Script::new(COMPARE_AND_SET),
            compare_and_delete: Script::new(COMPARE_AND_DELETE),
        }
    }
}

/// Gives the count and how many milliseconds it has left. What is no counter with an end is not counted on:
/// better-auth without its `increment` keeps JSON under such a key.
const INCREMENT: &str = "\
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then
  local count = redis.pcall('INCR', KEYS[1])
  if type(count) == 'number' then
    return {count, left}
  end
end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return {1, tonumber(ARGV[1])}
";

/// `ARGV[3]`: milliseconds, or nothing.
const COMPARE_AND_SET: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
";

const COMPARE_AND_DELETE: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
";
