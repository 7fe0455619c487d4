/** What a team has, the GPU fleet and the alarms aside: bucket, queues, functions, ledger, topic, sweeper. */
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { STAGES, type StageName } from "../src/pipeline/stage-list.ts";
import { STAGE_FUNCTIONS, SWEEP, UPLOADS, WORKER_VISIBILITY_SECONDS } from "../src/platform/aws/function-sizes.ts";
import { queueOf, queueOutputs, UPLOADS as UPLOADS_QUEUE } from "../src/platform/aws/names.ts";
import type { Settings } from "../src/platform/aws/team-settings.ts";
import { BundledFunction } from "./constructs/bundled-function.ts";
import { DatasetBucket } from "./constructs/dataset-bucket.ts";
import { EveryMinute } from "./constructs/every-minute.ts";
import { FunctionStage, stageQueue } from "./constructs/function-stage.ts";
import { Ledger } from "./constructs/ledger.ts";
import { Notifications } from "./constructs/notifications.ts";
import { StageQueue } from "./constructs/stage-queue.ts";
import { drainStatements, environmentOf, sweepStatements, type TeamResources, workStatements } from "./resources.ts";

export class TeamStack extends Stack {
  readonly resources: TeamResources;
  /** Tells of uploads. */
  readonly uploads: StageQueue;
  /** GPU stages share it. */
  readonly gpuWork: StageQueue;
  /** What a GPU worker may do. It is made here, beside what it may do that with. */
  readonly workerRole: Role;
  readonly schedule: EveryMinute;
  readonly functions: Record<string, BundledFunction> = {};

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { settings: Settings }) {
    super(scope, id, props);
    const { retentionDays } = settings;
    this.uploads = stageQueue(this, "Uploads", STAGE_FUNCTIONS.intake);
    this.gpuWork = new StageQueue(this, "GpuWork", { visibility: Duration.seconds(WORKER_VISIBILITY_SECONDS) });
    this.resources = {
      settings,
      bucket: new DatasetBucket(this, "Datasets", { uploads: this.uploads.queue, retentionDays }).bucket,
      table: new Ledger(this, "Ledger").table,
      topic: new Notifications(this, "Notifications", { emails: settings.notify }).topic,
      queues: this.queues(),
    };
    this.addStages();
    this.schedule = this.addSweeper();
    this.workerRole = new Role(this, "WorkerRole", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
    const statements = [...workStatements(this.resources), ...drainStatements(this.gpuWork.queue)];
    for (const statement of statements) this.workerRole.addToPolicy(statement);
    new CfnOutput(this, "BucketName", { value: this.resources.bucket.bucketName });
    new CfnOutput(this, "TableName", { value: this.resources.table.tableName });
    this.addQueueOutputs();
  }

  /** For `errata status`, which looks from outside. */
  private addQueueOutputs(): void {
    const shown: Record<string, TeamResources["queues"][StageName]> = { [UPLOADS_QUEUE]: this.uploads };
    for (const stage of STAGES) shown[queueOf(stage)] = this.resources.queues[stage.name];
    for (const [name, { queue, deadLetters }] of Object.entries(shown)) {
      const outputs = queueOutputs(name);
      new CfnOutput(this, outputs.url, { value: queue.queueUrl });
      new CfnOutput(this, outputs.deadLetters, { value: deadLetters.queueUrl });
    }
  }

  private queues(): TeamResources["queues"] {
    const made = STAGES.map((stage) => {
      const queue =
        stage.runsOn === "gpu"
          ? this.gpuWork
          : stageQueue(this, `${titled(stage.name)}Work`, STAGE_FUNCTIONS[stage.name]);
      return [stage.name, queue] as const;
    });
    return Object.fromEntries(made) as Record<StageName, StageQueue>;
  }

  private addStages(): void {
    const { settings, queues } = this.resources;
    for (const stage of STAGES) {
      if (stage.runsOn !== "function") continue;
      const { batchSize, ...size } = STAGE_FUNCTIONS[stage.name];
      const sources = [{ queue: queues[stage.name].queue, batchSize }];
      if (stage.name === "intake") sources.push({ queue: this.uploads.queue, ...UPLOADS });
      const { bundled } = new FunctionStage(this, titled(stage.name), {
        name: stage.name,
        says: `Errata, team ${settings.team}: works the items of stage ${stage.name}.`,
        kind: stage.name === "infer" && settings.engine === "tensorflow" ? "container" : "zip",
        ...size,
        environment: {
          ...environmentOf(this.resources),
          ...(stage.name === "intake" ? this.uploadsEnvironment() : {}),
        },
        statements: workStatements(this.resources),
        retentionDays: settings.retentionDays,
        maxConcurrency: settings.maxConcurrency,
        sources,
      });
      this.functions[stage.name] = bundled;
    }
  }

  private uploadsEnvironment(): Record<string, string> {
    return {
      ERRATA_QUEUE_UPLOADS: this.uploads.queue.queueUrl,
      ERRATA_DEAD_LETTERS_UPLOADS: this.uploads.deadLetters.queueUrl,
    };
  }

  private addSweeper(): EveryMinute {
    const { settings } = this.resources;
    const sweep = new BundledFunction(this, "Sweep", {
      name: "sweep",
      says: `Errata, team ${settings.team}: keeps runs from waiting for ever.`,
      ...SWEEP,
      environment: environmentOf(this.resources),
      statements: [...workStatements(this.resources), ...sweepStatements(this.resources)],
      retentionDays: settings.retentionDays,
    });
    this.functions.sweep = sweep;
    return new EveryMinute(this, "Sweeper", { calls: sweep.function, says: "Errata: looks after the runs under way." });
  }
}

function titled(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}
