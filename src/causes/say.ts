/** Numbers in sentences. */
export const percent = (fraction: number, digits = 1): string => `${(100 * fraction).toFixed(digits)} %`;
export const points = (fraction: number, digits = 1): string => `${(100 * fraction).toFixed(digits)} points`;
export const many = (count: number, one: string, several = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : several}`;
/** A rate as people write it: 0.0003, 0.01. */
export const rate = (value: number): string => String(Number(value.toPrecision(2)));
