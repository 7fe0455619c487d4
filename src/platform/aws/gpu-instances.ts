/** GPU instances with one GPU that a team may choose among, by class; all of them in size `xlarge`. */

export interface GpuInstance {
  vcpus: number;
  memoryGiB: number;
  gpus: number;
  /** On demand, us-east-1, Linux, as listed in 2026: for the dashboard's estimate, not for the bill. */
  usdPerHour: number;
}

export const GPU_INSTANCES = {
  g4dn: { vcpus: 4, memoryGiB: 16, gpus: 1, usdPerHour: 0.526 },
  g5: { vcpus: 4, memoryGiB: 16, gpus: 1, usdPerHour: 1.006 },
  g6: { vcpus: 4, memoryGiB: 16, gpus: 1, usdPerHour: 0.8048 },
} as const satisfies Record<string, GpuInstance>;

export type GpuInstanceClass = keyof typeof GPU_INSTANCES;

/** ECS registers less than the instance has: the system, its agent and the driver keep some. A job that asks for all never starts. */
const MEMORY_SHARE = 0.85;

/** What one job asks for: all of the smallest instance that may be chosen, with memory to spare. */
export function jobSize(classes: readonly GpuInstanceClass[]): { vcpus: number; memoryMiB: number; gpus: number } {
  const instances = classes.map((name) => GPU_INSTANCES[name]);
  return {
    vcpus: Math.min(...instances.map(({ vcpus }) => vcpus)),
    memoryMiB: Math.floor(Math.min(...instances.map(({ memoryGiB }) => memoryGiB)) * MEMORY_SHARE * 1024),
    gpus: 1,
  };
}
