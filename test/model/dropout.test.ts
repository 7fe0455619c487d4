import { expect, it } from "vitest";
import { openEngine } from "../../src/engine/open.ts";
import { seedDropout } from "../../src/model/dropout.ts";

/** The halves of the numbers of Marsaglia's xorshift128 (2003), as he writes it. */
function* xorshift128(x: number): Generator<number> {
  let [a, y, z, w] = [x, 0x159a55e5, 0x1f123bb5, 0x05491333];
  for (;;) {
    const t = a ^ (a << 11);
    [a, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ (t ^ (t >>> 8));
    yield w & 0xffff;
    yield w >>> 16;
  }
}

it("drops the values that the published generator draws, over the calls of a layer", async () => {
  const engine = await openEngine("auto");
  const layer = {} as Parameters<typeof seedDropout>[0];
  seedDropout(layer, engine, 7, 0.25, "value");
  const numbers = xorshift128(7 ^ 0x075bcd15);
  for (let i = 0; i < 32; i++) numbers.next();
  for (let call = 0; call < 2; call++) {
    const dropped = layer.call(engine.tf.ones([40, 5]), { training: true });
    const values = await (Array.isArray(dropped) ? dropped[0] : dropped).data();
    const expected = Array.from({ length: 200 }, () => Math.fround(numbers.next().value >= 0.25 * 2 ** 16 ? 4 / 3 : 0));
    expect([...values]).toEqual(expected);
  }
});
