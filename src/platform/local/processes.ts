/**
 * Who is a process? A pid alone is not enough: after a restart, or in a container, another process has the same one. So an
 * identity is the pid with what tells two processes of that pid apart: start time and boot on Linux, boot time elsewhere.
 */
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
  } catch {
    // To ten minutes: the clock may be set while the machine runs.
    return Math.round((Date.now() / 1000 - uptime()) / 600).toString(36);
  }
}

/** Clock ticks from boot to the start of the process (field 22 of `/proc/<pid>/stat`), or 0 where there is no `/proc`. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold anything: count from the last bracket.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return "0";
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function identityOf(pid: number): string {
  return `${pid}-${startOf(pid)}-${bootOf()}`;
}

let mine: string | undefined;

/** Identity of this process: letters, digits and `-`. */
export function ownIdentity(): string {
  mine ??= identityOf(process.pid);
  return mine;
}

/** Whether the process of that identity still runs on this machine. */
export function isAlive(identity: string): boolean {
  if (identity === ownIdentity()) return true;
  const pid = pidOf(identity);
  return pid > 0 && exists(pid) && identityOf(pid) === identity;
}

export function pidOf(identity: string): number {
  return Number.parseInt(identity, 10) || 0;
}
