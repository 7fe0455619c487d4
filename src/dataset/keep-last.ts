/** What `make` made of the last key is kept: neighbouring tiles are of one file, which is then read and decoded once. */
export function keepLast<Rest extends unknown[], Made>(
  make: (key: string, ...rest: Rest) => Promise<Made>,
): (key: string, ...rest: Rest) => Promise<Made> {
  let last: { key: string; made: Promise<Made> } | undefined;
  return (key, ...rest) => {
    if (last?.key !== key) last = { key, made: make(key, ...rest) };
    return last.made;
  };
}
