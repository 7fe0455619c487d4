/** What every object store must do. */
import { expect, test } from "vitest";
import { InputError, PermanentError } from "../../src/errors.ts";
import type { ObjectStore } from "../../src/pipeline/ports.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

async function keys(store: ObjectStore, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

/** `open` gives an empty store each time. */
export function storeContract(open: () => Promise<ObjectStore>): void {
  test("gives back what was put, whole and as a stream, with its size", async () => {
    const store = await open();
    const large = new Uint8Array(3_000_000).map((_, at) => at % 251);
    await store.put("a/large.bin", large);
    expect(Buffer.compare(await store.read("a/large.bin"), large)).toBe(0);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.stream("a/large.bin")) chunks.push(chunk);
    expect(Buffer.compare(Buffer.concat(chunks), large)).toBe(0);
    for await (const object of store.list()) expect(object).toEqual({ key: "a/large.bin", bytes: 3_000_000 });
  });

  test("replaces with put, and keeps the first with putIfAbsent", async () => {
    const store = await open();
    await store.put("k", bytes("one"));
    await store.put("k", bytes("two"));
    expect(await store.putIfAbsent("k", bytes("three"))).toBe(false);
    expect(text(await store.read("k"))).toBe("two");
    expect(await store.putIfAbsent("empty", bytes(""))).toBe(true);
    expect(await store.putIfAbsent("empty", bytes("x"))).toBe(false);
    expect(text(await store.read("empty"))).toBe("");
  });

  test("lets one of many write what is absent", async () => {
    const store = await open();
    const won = await Promise.all(Array.from({ length: 20 }, (_, n) => store.putIfAbsent("race", bytes(String(n)))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(text(await store.read("race"))).toBe(String(won.indexOf(true)));
  });

  test("says whether a key exists, and deletes twice without complaint", async () => {
    const store = await open();
    await store.put("a/b", bytes("x"));
    expect(await store.exists("a/b")).toBe(true);
    expect(await store.exists("a/c")).toBe(false);
    await store.delete("a/b");
    await store.delete("a/b");
    expect(await store.exists("a/b")).toBe(false);
  });

  test("names the key that is absent in an InputError", async () => {
    const store = await open();
    await expect(store.read("not/there.json")).rejects.toThrow(InputError);
    await expect(store.read("not/there.json")).rejects.toThrow("not/there.json");
    await expect(store.stream("not/there.json")[Symbol.asyncIterator]().next()).rejects.toThrow(InputError);
  });

  test("lists by prefix in the order of bytes, also where a folder's name continues another's", async () => {
    const store = await open();
    const all = ["a-b/1", "a/1", "a/2/deep", "a0", "b c/ü+%.png", "z/\u{1f600}", "z/\uffee"].sort((x, y) =>
      Buffer.compare(Buffer.from(x), Buffer.from(y)),
    );
    for (const key of [...all].reverse()) await store.put(key, bytes(key));
    expect(await keys(store)).toEqual(all);
    expect(await keys(store, "a/")).toEqual(["a/1", "a/2/deep"]);
    expect(await keys(store, "a")).toEqual(["a-b/1", "a/1", "a/2/deep", "a0"]);
    expect(await keys(store, "a/2")).toEqual(["a/2/deep"]);
    expect(await keys(store, "none/")).toEqual([]);
    expect(text(await store.read("b c/ü+%.png"))).toBe("b c/ü+%.png");
  });

  test("lists more than one page of keys", async () => {
    const store = await open();
    const all = Array.from({ length: 1205 }, (_, n) => `many/${String(n).padStart(5, "0")}`);
    for (let at = 0; at < all.length; at += 50) {
      await Promise.all(all.slice(at, at + 50).map((key) => store.put(key, bytes(key))));
    }
    expect(await keys(store, "many/")).toEqual(all);
  });

  test.each([
    ["is empty", ""],
    ["is absolute", "/abs"],
    ["begins with ..", "../up"],
    ["leads up", "a/../../b"],
    ["has an empty part", "a//b"],
    ["has the part .", "./a"],
    ["ends with a slash", "a/"],
    ["has a drive", "C:\\x"],
    ["holds NUL", "nul\0"],
    ["is too long", "x".repeat(1000)],
  ])("refuses a key that %s", async (_what, key) => {
    const store = await open();
    await expect(store.put(key, bytes("x"))).rejects.toThrow(PermanentError);
    await expect(store.putIfAbsent(key, bytes("x"))).rejects.toThrow(PermanentError);
    await expect(store.read(key)).rejects.toThrow(PermanentError);
  });
}
