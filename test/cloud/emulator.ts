/**
 * An AWS emulator on loopback, installed from PyPI into a virtual environment in the temporary folder. It is no dependency of
 * the project: where it cannot be installed, the tests that need it are skipped and say why.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const PACKAGES = ["ministack==1.5.33", "boto3==1.43.106"];
const INSTALL_MS = 300_000;
const START_SECONDS = 60;
const run = promisify(execFile);

export interface Emulator {
  endpoint: string;
  /** What processes need to talk to it. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

async function install(): Promise<string> {
  const folder = join(tmpdir(), `errata-emulator-${PACKAGES.join("-").replace(/[^\w.-]/g, "_")}`);
  const command = join(folder, "bin", "ministack");
  if (existsSync(join(folder, "installed"))) return command;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run("python3", ["-m", "venv", folder], { timeout: INSTALL_MS });
  await run(join(folder, "bin", "python"), ["-m", "pip", "install", "--quiet", ...PACKAGES], { timeout: INSTALL_MS });
  writeFileSync(join(folder, "installed"), "");
  return command;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isUp(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** The emulator, or the reason why there is none, which is also said. */
export async function startEmulator(): Promise<Emulator | string> {
  const started = await start();
  if (typeof started === "string") console.warn(`Skipped, as ${started}.`);
  return started;
}

function whyNotInstalled(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return `${path ?? "python3"} is not there: install Python 3 with venv and pip`;
  return `the emulator could not be installed: ${message.split("\n")[0]}`;
}

async function start(): Promise<Emulator | string> {
  let command: string;
  try {
    command = await install();
  } catch (error) {
    return whyNotInstalled(error);
  }
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "errata-emulator-run-"));
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const child = spawn(command, [], {
    cwd: folder,
    // Its own group, so that it can be ended with all that it started.
    detached: true,
    stdio: "ignore",
    env: {
      ...process.env,
      ...environment,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      DATA_DIR: folder,
      // What it unpacks functions into goes with it.
      TMPDIR: folder,
    },
  });
  const stop = () => end(child, folder);
  process.on("exit", () => kill(child));
  for (let seconds = 0; seconds < START_SECONDS; seconds += 0.25) {
    if (await isUp(endpoint)) return { endpoint, environment, stop };
    if (child.exitCode !== null) break;
    await sleep(250);
  }
  await stop();
  return "the emulator did not start";
}

function kill(child: ChildProcess): void {
  try {
    // Told to end it goes on at times: it is killed.
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  kill(child);
  await sleep(100);
  rmSync(folder, { recursive: true, force: true });
}
