/**
 * Calls that an item of work costs beside reading its own images. `test/platform/estimate.test.ts` holds these figures to what
 * a simulated run is counted to make; `npm run scale` prints the counts.
 */
export const ITEM_CALLS = {
  /** Request, plan, intake's findings, the shard's listing or pack; a training run's job and results. */
  storeReads: 8,
  /** Two files a pack; three a training run; what a round is planned with. */
  storeWrites: 4,
  /** Send, receive, delete. */
  queueRequests: 3,
  /** One record, and its part of the round where it was the last; the round's own are shared by its items. */
  ledgerWrites: 1.5,
  ledgerReads: 4,
  /** To fetch one pack's table. */
  secondsAPack: 0.05,
} as const;
