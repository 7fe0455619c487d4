/** What the local adapters promise beyond the contracts: full disks, dead owners, idle time, locks. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError, PermanentError } from "../../src/errors.ts";
import { HaltError } from "../../src/pipeline/failure.ts";
import { removeLeftovers, writeAtomically } from "../../src/platform/local/atomic.ts";
import { openFiles } from "../../src/platform/local/files.ts";
import { lock } from "../../src/platform/local/lock.ts";
import { openLocal } from "../../src/platform/local/open.ts";
import { isAlive, ownIdentity } from "../../src/platform/local/processes.ts";
import { openQueue } from "../../src/platform/local/queue.ts";
import { openStore } from "../../src/platform/local/store.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "errata-files-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const list = async (files: ReturnType<typeof openFiles>) => {
  const keys: string[] = [];
  for await (const { key } of files.list()) keys.push(key);
  return keys;
};

/** A file system of 256 KiB, or nothing where this account may not mount one. */
function mountSmall(path: string): boolean {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "errata-test", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a full disk is an error that names the folder, and leaves nothing half written", async (context) => {
  const small = join(folder, "small");
  if (!mountSmall(small)) return context.skip("this account may not mount a small file system");
  try {
    const ports = openLocal({ folder: small, run: "r" });
    await ports.store.put("fits", new Uint8Array(1000));
    const large = ports.store.put("large", new Uint8Array(1_000_000));
    await expect(large).rejects.toThrow(HaltError);
    await expect(large).rejects.toThrow(/small: The disk is full\. Free some space/);
    expect(await list(ports.store)).toEqual(["fits"]);
    expect(readdirSync(join(small, "tmp"))).toEqual([]);
    await ports.store.put("fits too", new Uint8Array(1000));
  } finally {
    execFileSync("umount", [small]);
  }
});

test("a key that is a file and a folder at once is refused", async () => {
  const store = openStore(join(folder, "objects"), join(folder, "tmp"));
  await store.put("a", new Uint8Array(1));
  await expect(store.put("a/b", new Uint8Array(1))).rejects.toThrow(PermanentError);
});

test("a folder is read through links, but not in circles", async () => {
  mkdirSync(join(folder, "data", "a"), { recursive: true });
  writeFileSync(join(folder, "data", "a", "1.png"), "x");
  symlinkSync(join(folder, "data", "a"), join(folder, "data", "b"));
  symlinkSync(join(folder, "data"), join(folder, "data", "circle"));
  symlinkSync(join(folder, "nothing"), join(folder, "data", "dangling"));
  const keys = await list(openFiles(join(folder, "data")));
  expect(keys).toContain("a/1.png");
  expect(keys).toContain("b/1.png");
  expect(keys.length).toBeLessThan(10);
});

test("what a dead process left half written is removed, a living one's is not", async () => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const dead = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => dead.on("exit", resolve));
  writeFileSync(join(temporary, `${dead.pid}-1-abc~0`), "half");
  writeFileSync(join(temporary, `${ownIdentity()}~99`), "half");
  await removeLeftovers(temporary);
  expect(readdirSync(temporary)).toEqual([`${ownIdentity()}~99`]);
});

test("a process is known by more than its number", () => {
  expect(isAlive(ownIdentity())).toBe(true);
  const [pid, start, boot] = ownIdentity().split("-");
  expect(isAlive(`${pid}-${Number(start) + 1}-${boot}`)).toBe(false);
  expect(isAlive(`${pid}-${start}-otherbot`)).toBe(false);
});

test("a message whose holder is dead is handed out again at once", async () => {
  const queue = openQueue(folder);
  await queue.send(["m"]);
  const [{ receipt }] = await queue.receive({ max: 1, visibilitySeconds: 3600, waitSeconds: 0 });
  const orphan = join(folder, "taken", `${receipt.split("~")[0]}~999999-1-abc`);
  execFileSync("mv", [join(folder, "taken", receipt), orphan]);
  const [again] = await queue.receive({ max: 1, visibilitySeconds: 3600, waitSeconds: 1 });
  expect(again).toMatchObject({ body: "m", receives: 2 });
});

test("waiting for a message costs next to no processor time", async () => {
  const queue = openQueue(folder);
  const before = process.cpuUsage();
  await queue.receive({ max: 1, visibilitySeconds: 1, waitSeconds: 3 });
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(0.3);
});

test("a lock is held by one of many, passed on when released, and overtaken from the dead", async () => {
  const locks = join(folder, "locks");
  const temporary = join(folder, "tmp");
  const take = () => lock(locks, temporary, "the place");
  const tries = await Promise.allSettled(Array.from({ length: 10 }, take));
  const won = tries.filter((attempt) => attempt.status === "fulfilled");
  expect(won).toHaveLength(1);
  await expect(take()).rejects.toThrow(InputError);
  await won[0].value();
  await (await take())();
  await writeAtomically(join(locks, "99"), "999999-1-abc", { temporary });
  const release = await take();
  expect(readdirSync(locks)).toEqual(["100"]);
  await release();
  await sleep(1);
});
