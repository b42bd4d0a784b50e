/** Pairs of servers at once: each side waits for the other, so that one pair leaves processors idle. */
const LANES = 3

/** Runs `lane` as often as there are lanes, all at once. */
export async function inLanes(lane) {
  await Promise.all(Array.from({ length: LANES }, lane))
}
