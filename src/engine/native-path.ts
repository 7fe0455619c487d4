/** The folder of the native engine that `npm run native` built, or null where there is none. */
export function nativePackagePath(): string | null {
  return null;
}
