import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NumericArray, readNpy, streamNpyRows, writeNpy } from "../../src/dataset/npy.ts";
import { InputError } from "../../src/errors.ts";

const DATA = process.env.ERRATA_DATA ?? join(import.meta.dirname, "../../../shared/data");

/** The same array with another header: order, type and shape as given. */
function withHeader(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header + "\n");
  return new Uint8Array([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...data,
  ]);
}
const bytesOf = (array: NumericArray) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "errata-npy-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("readNpy", () => {
  it("reads back what writeNpy writes, for every element type and shape", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          Float32Array,
          Float64Array,
          Int8Array,
          Int16Array,
          Int32Array,
          Uint8Array,
          Uint16Array,
          Uint32Array,
        ),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (Type, shape) => {
          const data = new Type(shape.reduce((a, b) => a * b, 1)).map((_: number, i: number) => i % 100);
          const bytes = writeNpy(data, shape);
          expect((bytes.length - data.byteLength) % 64).toBe(0);
          const read = await readNpy(bytes);
          expect(read.shape).toEqual(shape);
          expect(read.data).toEqual(data);
        },
      ),
    );
  });

  it("turns Fortran order into C order", async () => {
    // Element [i, j, k] of shape (2, 3, 2) is 100 i + 10 j + k; the first index runs fastest.
    const stored: number[] = [];
    for (let k = 0; k < 2; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) stored.push(100 * i + 10 * j + k);
    const bytes = withHeader(
      "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3, 2), }",
      bytesOf(Float64Array.from(stored)),
    );
    const { data, fortranOrder } = await readNpy(bytes);
    expect(fortranOrder).toBe(true);
    expect(Array.from(data)).toEqual([0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);
  });

  it("reads big-endian, bool and 64-bit integers", async () => {
    const big = withHeader("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 2, 255, 255));
    expect(Array.from((await readNpy(big)).data)).toEqual([258, -1]);
    const bool = withHeader("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", Uint8Array.of(0, 1, 1));
    expect(Array.from((await readNpy(bool)).data)).toEqual([0, 1, 1]);
    const long = withHeader(
      "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
      new Uint8Array(BigInt64Array.of(-3n, 9_007_199_254_740_991n).buffer),
    );
    expect(Array.from((await readNpy(long)).data)).toEqual([-3, 9_007_199_254_740_991]);
  });

  it.each([
    ["text", new TextEncoder().encode("file,label\na.png,0\n"), /not a \.npy file/],
    [
      "objects",
      withHeader("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", new Uint8Array(3)),
      /cannot be read/,
    ],
    ["strings", withHeader("{'descr': '<U5', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(20)), /astype/],
    ["a cut file", writeNpy(new Float64Array(100)).subarray(0, 300), /ends before/],
    [
      "an integer beyond 2^53",
      withHeader(
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
        new Uint8Array(BigInt64Array.of(2n ** 60n).buffer),
      ),
      /too large/,
    ],
  ])("refuses %s", async (_, bytes, message) => {
    const error = await readNpy(bytes, "probabilities.npy").catch((error) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.file).toBe("probabilities.npy");
  });
});

describe("streamNpyRows", () => {
  it("gives the same rows as readNpy, in blocks, in both orders", async () => {
    const values = Float64Array.from({ length: 7 * 3 }, (_, i) => i / 8);
    for (const fortran of ["True", "False"]) {
      const path = join(folder, `${fortran}.npy`);
      await writeFile(
        path,
        withHeader(`{'descr': '<f8', 'fortran_order': ${fortran}, 'shape': (7, 3), }`, bytesOf(values)),
      );
      const whole = await readNpy(path);
      const rows: number[] = [];
      const starts: number[] = [];
      for await (const block of streamNpyRows(path, 3)) {
        starts.push(block.from);
        rows.push(...block.data);
      }
      expect(starts).toEqual([0, 3, 6]);
      expect(rows).toEqual(Array.from(whole.data));
    }
  });

  it("says when the file is absent", async () => {
    await expect(readNpy(join(folder, "absent.npy"))).rejects.toThrow(InputError);
  });
});

describe.skipIf(!existsSync(DATA))("published arrays (skipped where ERRATA_DATA is absent)", () => {
  it("reads out-of-sample probabilities in Fortran order: rows sum to one", async () => {
    const path = join(DATA, "label-errors/cifar10n-aggregate/pred_probs-resnet18.npy");
    const { shape, fortranOrder, data } = await readNpy(path);
    expect([shape, fortranOrder]).toEqual([[50_000, 10], true]);
    let worst = 0;
    for (let row = 0; row < 50_000; row++) {
      let sum = 0;
      for (let column = 0; column < 10; column++) sum += data[row * 10 + column];
      worst = Math.max(worst, Math.abs(sum - 1));
    }
    expect(worst).toBeLessThan(1e-5);
    let seen = 0;
    for await (const block of streamNpyRows(path, 4096)) {
      for (let i = 0; i < block.data.length; i += 997) expect(block.data[i]).toBe(data[block.from * 10 + i]);
      seen += block.rows;
    }
    expect(seen).toBe(50_000);
  });
});
