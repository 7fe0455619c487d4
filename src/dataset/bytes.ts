/** Byte streams: reading them in exact pieces, and unpacking gzip on the way. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The stream ended before the bytes asked for. */
export class TruncatedError extends Error {
  override readonly name = "TruncatedError";
}

/** Takes exact numbers of bytes from a stream of chunks. Close it when leaving early. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, in memory of their own. Fails with a `TruncatedError` where fewer are left. */
  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const part = await this.#some(count - at);
      taken.set(part, at);
      at += part.length;
    }
    return taken;
  }

  /** Passes over `count` bytes. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.#some(left)).length;
  }

  /** No bytes are left. */
  async ended(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return true;
      this.#rest = next.value;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #some(most: number): Promise<Uint8Array> {
    if (await this.ended()) throw new TruncatedError(`The data end ${most} bytes too early.`);
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }
}

/** The content of a stream: unpacked where it starts like gzip (RFC 1952), as it is otherwise. */
export async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.length < 2 && !ended) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = resume(head, chunks);
  if (head.length < 2 || head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const input = Readable.from(whole, { objectMode: false });
  // The callback is needed for the call to be legal; a failure reaches the reader by the destroyed stream.
  pipeline(input, gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

async function* resume(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The whole stream as one array. */
export async function gather(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
