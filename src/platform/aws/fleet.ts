/** The GPU fleet: jobs of AWS Batch, each a worker that drains the GPU queue and exits. */
import { BatchClient, type JobStatus, ListJobsCommand, SubmitJobCommand } from "@aws-sdk/client-batch";

/** States of a job that is or will be a worker. */
const ACTIVE = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const satisfies JobStatus[];

export interface Fleet {
  /** Number of jobs by state; no more than a page of each: there are never that many. */
  jobs(): Promise<Record<(typeof ACTIVE)[number], number>>;
  start(): Promise<void>;
}

export function openFleet({ jobQueue, jobDefinition }: { jobQueue: string; jobDefinition: string }): Fleet {
  const batch = new BatchClient({});
  const count = async (jobStatus: JobStatus) => {
    const { jobSummaryList } = await batch.send(new ListJobsCommand({ jobQueue, jobStatus }));
    return jobSummaryList?.length ?? 0;
  };
  return {
    jobs: async () => {
      const counted = await Promise.all(ACTIVE.map(async (state) => [state, await count(state)] as const));
      return Object.fromEntries(counted) as Record<(typeof ACTIVE)[number], number>;
    },
    start: async () => {
      await batch.send(new SubmitJobCommand({ jobName: "errata-worker", jobQueue, jobDefinition }));
    },
  };
}
