import { Match } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { GPU_INSTANCES, type GpuInstanceClass } from "../../src/platform/aws/gpu-instances.ts";
import { type Resource, resources, type Templates, templatesOf } from "./synth.ts";

let gpu: Templates["gpu"];
let settings: Templates["settings"];
beforeAll(() => {
  ({ gpu, settings } = templatesOf());
});
const only = (type: string): Resource => {
  const found = Object.values(resources(gpu, type));
  expect(found, type).toHaveLength(1);
  return found[0];
};

describe("the GPU fleet", () => {
  it("is nothing while nobody audits: no instance, no NAT gateway, no interface endpoint, no address kept", () => {
    const { ComputeResources } = only("AWS::Batch::ComputeEnvironment").Properties;
    expect(ComputeResources).toMatchObject({ MinvCpus: 0, MaxvCpus: settings.gpu.maxvCpus });
    expect(ComputeResources.DesiredvCpus ?? 0).toBe(0);
    gpu.resourceCountIs("AWS::EC2::NatGateway", 0);
    gpu.resourceCountIs("AWS::EC2::EIP", 0);
    gpu.allResourcesProperties("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" });
  });

  it("lets nothing in", () => {
    const { SecurityGroupIngress } = only("AWS::EC2::SecurityGroup").Properties;
    expect(SecurityGroupIngress).toBeUndefined();
    gpu.resourceCountIs("AWS::EC2::SecurityGroupIngress", 0);
  });

  it("runs on the team's instances with NVIDIA's drivers, spot where that is wanted", () => {
    const { ComputeResources } = only("AWS::Batch::ComputeEnvironment").Properties;
    expect(ComputeResources.Ec2Configuration).toEqual([{ ImageType: "ECS_AL2023_NVIDIA" }]);
    expect(ComputeResources.Type).toBe("SPOT");
    expect(ComputeResources.InstanceTypes).toEqual(settings.gpu.instanceClasses.map((name) => `${name}.xlarge`));
  });

  it("asks for one GPU a job, and fits each instance with memory to spare", () => {
    const { ContainerProperties } = only("AWS::Batch::JobDefinition").Properties;
    const asked = Object.fromEntries(
      ContainerProperties.ResourceRequirements.map(({ Type, Value }: Record<string, string>) => [Type, Number(Value)]),
    );
    expect(asked.GPU).toBe(1);
    const types = only("AWS::Batch::ComputeEnvironment").Properties.ComputeResources.InstanceTypes as string[];
    for (const type of types) {
      const instance = GPU_INSTANCES[type.split(".")[0] as GpuInstanceClass];
      expect(asked.VCPU).toBeLessThanOrEqual(instance.vcpus);
      expect(asked.MEMORY).toBeLessThanOrEqual(instance.memoryGiB * 1024 * 0.9);
    }
  });

  it("tries again what lost its instance, and gives up what ends by itself", () => {
    const { RetryStrategy, Timeout } = only("AWS::Batch::JobDefinition").Properties;
    expect(RetryStrategy.EvaluateOnExit.at(0)).toMatchObject({ Action: "RETRY", OnStatusReason: "Host EC2*" });
    expect(RetryStrategy.EvaluateOnExit.at(-1)).toMatchObject({ Action: "EXIT", OnReason: "*" });
    expect(Timeout.AttemptDurationSeconds).toBeGreaterThan(0);
  });

  it("gives up jobs that no instance can be had for", () => {
    const { JobStateTimeLimitActions } = only("AWS::Batch::JobQueue").Properties;
    const reasons = JobStateTimeLimitActions.map(({ Reason }: { Reason: string }) => Reason);
    expect(reasons).toContain("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY");
    expect(JobStateTimeLimitActions).toEqual(
      reasons.map((Reason: string) => ({ Action: "CANCEL", MaxTimeSeconds: 1800, State: "RUNNABLE", Reason })),
    );
  });

  it("guards its instances: metadata by session only, disks encrypted", () => {
    gpu.hasResourceProperties("AWS::EC2::LaunchTemplate", {
      LaunchTemplateData: Match.objectLike({
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true }) })],
      }),
    });
  });

  it("lets one function start jobs, of this definition in this queue only", () => {
    const statements = Object.values(resources(gpu, "AWS::IAM::Policy")).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
    );
    const submitting = statements.filter(({ Action }) => [Action].flat().includes("batch:SubmitJob"));
    expect(submitting).toHaveLength(1);
    expect(submitting[0].Resource).toHaveLength(2);
    expect(JSON.stringify(submitting[0].Resource)).not.toContain("*");
    for (const { Action } of statements) for (const action of [Action].flat()) expect(action).not.toContain("*");
  });

  it("looks for work every minute, and tells when a worker fails", () => {
    gpu.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)" });
    gpu.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: Match.objectLike({ source: ["aws.batch"], detail: Match.objectLike({ status: ["FAILED"] }) }),
    });
  });
});
