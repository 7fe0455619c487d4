/** The elements of arrays in a JSON file that is too large to hold. */
import { InputError } from "../errors.ts";

export interface JsonElement {
  /** The field of the outermost object. */
  name: string;
  /** Place in the field's array. */
  at: number;
  value: unknown;
}

/** One element: an annotation of a crowd on a large photo is some hundred kilobytes. */
const MOST_BYTES = 32 * 1024 * 1024;

const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE] = [0x22, 0x5c, 0x2c, [0x7b, 0x5b], [0x7d, 0x5d]];
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Streams `{"name": [element, element...]}`: each element of the named arrays is parsed by itself, everything else is passed over.
 * Memory is that of one element.
 *
 * @param names fields of the outermost object
 * @throws InputError where the file is no such object, is cut off, or one element is larger than 32 MB
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  names: readonly string[],
  file: string,
): AsyncGenerator<JsonElement> {
  const problem = (says: string, cause?: unknown) =>
    new InputError({ file, problem: says, remedy: "Export the file again, as JSON with its lists whole.", cause });
  const decoder = new TextDecoder();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  // Within the outermost object, text before a colon is a field's name.
  let name = "";
  let at = 0;
  let begun = false;
  const wanted = () => depth >= 2 && names.includes(name);
  const parse = (what: string): unknown => {
    try {
      return JSON.parse(decoder.decode(held.length === 1 ? held[0] : Buffer.concat(held)));
    } catch (cause) {
      throw problem(`${what} is not JSON: ${(cause as Error).message.replace(/\.$/, "")}.`, cause);
    } finally {
      held = [];
      heldBytes = 0;
    }
  };
  for await (const chunk of chunks) {
    // Where what has to be kept began in this chunk; -1 where nothing is kept.
    let from = heldBytes > 0 ? 0 : -1;
    const keep = (to: number) => {
      if (from < 0) return;
      held.push(chunk.slice(from, to));
      heldBytes += to - from;
      from = -1;
      if (heldBytes > MOST_BYTES) throw problem(`${name}[${at}] is larger than ${MOST_BYTES / 2 ** 20} MB.`);
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inText = false;
          if (depth === 1) {
            keep(i + 1);
            name = String(parse("A name"));
            at = 0;
          }
        }
        continue;
      }
      if (isBlank(byte)) continue;
      if (!begun) {
        // A byte-order mark may come first.
        if (byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
        if (byte !== OPEN[0]) throw problem("It is no JSON object.");
        begun = true;
      }
      const closing = CLOSE.includes(byte);
      const atElement = depth === 2 && wanted();
      if (atElement && (byte === COMMA || closing)) {
        const before = heldBytes > 0 || from >= 0;
        keep(i);
        if (before) yield { name, at, value: parse(`${name}[${at++}]`) };
      } else if (atElement && from < 0 && heldBytes === 0) from = i;
      if (byte === QUOTE) {
        inText = true;
        if (depth === 1) from = i;
      } else if (OPEN.includes(byte)) {
        depth++;
        if (depth === 2 && byte === OPEN[0] && wanted()) throw problem(`${name} is no list.`);
      } else if (closing) depth--;
    }
    keep(chunk.length);
  }
  if (!begun) throw problem("It is no JSON object.");
  if (depth !== 0 || inText) throw problem("It is cut off.");
}
