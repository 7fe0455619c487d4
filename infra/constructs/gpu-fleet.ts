/** GPU instances that come when there is work and go when there is none, with the worker that runs on them. */
import { Duration, Size } from "aws-cdk-lib";
import {
  Action,
  AllocationStrategy,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsMachineImageType,
  JobQueue,
  JobStateTimeLimitActionsAction,
  JobStateTimeLimitActionsReason,
  JobStateTimeLimitActionsState,
  ManagedEc2EcsComputeEnvironment,
  Reason,
  RetryStrategy,
} from "aws-cdk-lib/aws-batch";
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  type InstanceClass,
  InstanceSize,
  InstanceType,
  LaunchTemplate,
  SubnetType,
} from "aws-cdk-lib/aws-ec2";
import { ContainerImage, LogDriver } from "aws-cdk-lib/aws-ecs";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { WORKER_TIMEOUT_HOURS } from "../../src/platform/aws/function-sizes.ts";
import { jobSize } from "../../src/platform/aws/gpu-instances.ts";
import type { Settings } from "../../src/platform/aws/team-settings.ts";
import { imageContext } from "../bundling/image.ts";
import type { Network } from "./network.ts";

/** The image with CUDA inside, and room for packs. */
const DISK_GIB = 80;
/** A job that no instance can be had for is given up: another minute asks again. */
const LONGEST_WAIT = Duration.minutes(30);
const TRIES = 5;

export interface GpuFleetProps {
  settings: Settings["gpu"];
  network: Network;
  logs: LogGroup;
  environment: Record<string, string>;
  role: IRole;
}

export class GpuFleet extends Construct {
  readonly jobQueue: JobQueue;
  readonly jobDefinition: EcsJobDefinition;
  readonly mostWorkers: number;

  constructor(scope: Construct, id: string, { settings, network, logs, environment, role }: GpuFleetProps) {
    super(scope, id);
    const size = jobSize(settings.instanceClasses);
    this.mostWorkers = Math.floor(settings.maxvCpus / size.vcpus);
    const computeEnvironment = new ManagedEc2EcsComputeEnvironment(this, "Instances", {
      vpc: network.vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroups: [network.securityGroup],
      instanceTypes: settings.instanceClasses.map((name) =>
        InstanceType.of(name as InstanceClass, InstanceSize.XLARGE),
      ),
      useOptimalInstanceClasses: false,
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      launchTemplate: this.launchTemplate(),
      spot: settings.spot,
      allocationStrategy: settings.spot
        ? AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED
        : AllocationStrategy.BEST_FIT_PROGRESSIVE,
      minvCpus: 0,
      maxvCpus: settings.maxvCpus,
      updateToLatestImageVersion: true,
    });
    this.jobQueue = new JobQueue(this, "Jobs", {
      computeEnvironments: [{ computeEnvironment, order: 1 }],
      jobStateTimeLimitActions: Object.values(JobStateTimeLimitActionsReason).map((reason) => ({
        action: JobStateTimeLimitActionsAction.CANCEL,
        state: JobStateTimeLimitActionsState.RUNNABLE,
        maxTime: LONGEST_WAIT,
        reason,
      })),
    });
    this.jobDefinition = new EcsJobDefinition(this, "Worker", {
      container: new EcsEc2ContainerDefinition(this, "Container", {
        image: ContainerImage.fromAsset(...imageContext("functions/worker/Dockerfile")),
        cpu: size.vcpus,
        memory: Size.mebibytes(size.memoryMiB),
        gpu: size.gpus,
        environment,
        jobRole: role,
        logging: LogDriver.awsLogs({ logGroup: logs, streamPrefix: "worker" }),
      }),
      timeout: Duration.hours(WORKER_TIMEOUT_HOURS),
      retryAttempts: TRIES,
      // What the worker itself stumbles over, its queue hands out again: only the loss of the instance is tried here.
      retryStrategies: [
        RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
        RetryStrategy.of(Action.RETRY, Reason.CANNOT_PULL_CONTAINER),
        RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: "*" })),
      ],
    });
  }

  private launchTemplate(): LaunchTemplate {
    return new LaunchTemplate(this, "Template", {
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(DISK_GIB, { volumeType: EbsDeviceVolumeType.GP3, encrypted: true }),
        },
      ],
    });
  }
}
