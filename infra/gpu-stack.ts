/** The GPU fleet of a team, and the function that starts its workers. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { FLEET } from "../src/platform/aws/function-sizes.ts";
import { BundledFunction } from "./constructs/bundled-function.ts";
import { EveryMinute } from "./constructs/every-minute.ts";
import { GpuFleet } from "./constructs/gpu-fleet.ts";
import { Network } from "./constructs/network.ts";
import { environmentOf, measureStatement } from "./resources.ts";
import type { TeamStack } from "./team-stack.ts";

export class GpuStack extends Stack {
  readonly fleet: GpuFleet;
  readonly starter: BundledFunction;
  readonly schedule: EveryMinute;
  readonly failureRule: Rule;

  constructor(scope: Construct, id: string, { team, ...props }: StackProps & { team: TeamStack }) {
    super(scope, id, props);
    const { resources, workerRole: role } = team;
    const { settings, topic } = resources;
    const work = team.gpuWork.queue;
    const fleet = (this.fleet = new GpuFleet(this, "Fleet", {
      settings: settings.gpu,
      network: new Network(this, "Network", { flowLogs: this.logGroup("FlowLogs", settings.retentionDays) }),
      logs: this.logGroup("WorkerLogs", settings.retentionDays),
      environment: environmentOf(resources),
      role,
    }));
    this.starter = new BundledFunction(this, "Starter", {
      name: "fleet",
      says: `Errata, team ${settings.team}: starts GPU workers while there is work.`,
      ...FLEET,
      environment: {
        ...environmentOf(resources),
        ERRATA_GPU_JOB_QUEUE: fleet.jobQueue.jobQueueArn,
        ERRATA_GPU_JOB_DEFINITION: fleet.jobDefinition.jobDefinitionArn,
        ERRATA_GPU_MOST_WORKERS: String(fleet.mostWorkers),
      },
      statements: [
        measureStatement([work]),
        new PolicyStatement({
          sid: "StartWorkers",
          actions: ["batch:SubmitJob"],
          resources: [fleet.jobQueue.jobQueueArn, fleet.jobDefinition.jobDefinitionArn],
        }),
        new PolicyStatement({ sid: "CountWorkers", actions: ["batch:ListJobs"], resources: ["*"] }),
      ],
      retentionDays: settings.retentionDays,
    });
    this.schedule = new EveryMinute(this, "Schedule", {
      calls: this.starter.function,
      says: "Errata: as many GPU workers as there is work for.",
    });
    new CfnOutput(this, "JobQueueArn", { value: fleet.jobQueue.jobQueueArn });
    this.failureRule = new Rule(this, "WorkerFailed", {
      description: "Errata: a GPU worker failed, or no instance could be had for it.",
      eventPattern: {
        source: ["aws.batch"],
        detailType: ["Batch Job State Change"],
        detail: { status: ["FAILED"], jobQueue: [fleet.jobQueue.jobQueueArn] },
      },
      targets: [new SnsTopic(topic, { authorizeUsingRole: true })],
    });
  }

  private logGroup(id: string, days: number): LogGroup {
    return new LogGroup(this, id, { retention: days as RetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  }
}
