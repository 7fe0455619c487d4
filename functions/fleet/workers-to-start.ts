/** Items that are worth a worker of their own: an instance takes minutes to start, an item often less to work. */
export const ITEMS_PER_WORKER = 4;

/**
 * A worker that finds nothing exits, so one too many costs minutes of an instance; one too few costs the run time. Jobs that
 * wait for an instance count: asking again would not bring it sooner.
 */
export function workersToStart(now: { waiting: number; active: number; mostWorkers: number }): number {
  const wanted = Math.min(now.mostWorkers, Math.ceil(now.waiting / ITEMS_PER_WORKER));
  return Math.max(0, wanted - now.active);
}
