/**
 * What things cost: list prices of us-east-1 in 2026, in US dollars, before free allowances. Discounts, taxes and other regions
 * are not in them.
 */
export const PRICES = {
  /** x86-64. */
  functionGibSecond: 0.0000166667,
  functionCall: 0.2e-6,
  queueRequest: 0.4e-6,
  ledgerWrite: 0.625e-6,
  ledgerRead: 0.125e-6,
  /** PUT, COPY, POST, LIST. */
  storeWrite: 5e-6,
  storeRead: 0.4e-6,
  storedGbMonth: 0.023,
  publicAddressHour: 0.005,
  alarmMetricMonth: 0.1,
  dashboardMonth: 3,
  imageGbMonth: 0.1,
} as const;
