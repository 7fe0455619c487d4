import { Match } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { type Resource, resources, type Templates, templatesOf } from "./synth.ts";

let team: Templates["team"];
beforeAll(() => {
  ({ team } = templatesOf());
});

const all = (type: string) => Object.values(resources(team, type));
const text = (value: unknown) => JSON.stringify(value);

describe("the bucket", () => {
  it("is nobody else's: no public access, TLS only, encrypted, no access lists", () => {
    team.hasResourceProperties("AWS::S3::Bucket", {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    });
    team.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      }),
    });
  });

  it("keeps what the team put there: versioned, and it stays when the stack goes", () => {
    team.hasResource("AWS::S3::Bucket", {
      Properties: { VersioningConfiguration: { Status: "Enabled" } },
      DeletionPolicy: "Retain",
    });
  });

  it("throws away what a run worked with, unfinished uploads and old versions, never datasets or reports", () => {
    const [{ Properties }] = all("AWS::S3::Bucket");
    const rules = Properties.LifecycleConfiguration.Rules as { Prefix?: string; ExpirationInDays?: number }[];
    const expiring = rules.filter(({ ExpirationInDays }) => ExpirationInDays);
    expect(expiring.map(({ Prefix }) => Prefix).sort()).toEqual(["cache/", "runs/"]);
    expect(text(rules)).toContain("AbortIncompleteMultipartUpload");
    expect(text(rules)).toContain("NoncurrentVersionExpiration");
  });

  it("tells of errata.json and of no image", () => {
    team.hasResourceProperties("AWS::S3::Bucket", {
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Event: "s3:ObjectCreated:*",
            Filter: {
              S3Key: {
                Rules: [
                  { Name: "prefix", Value: "datasets/" },
                  { Name: "suffix", Value: "/errata.json" },
                ],
              },
            },
          },
        ],
      },
    });
  });

  it("is made after the queue's policy lets it send, from this account only", () => {
    const [bucket] = all("AWS::S3::Bucket");
    const policies = resources(team, "AWS::SQS::QueuePolicy");
    const [[id, policy]] = Object.entries(policies).filter(([, each]) => text(each).includes("s3.amazonaws.com"));
    expect(bucket.DependsOn).toContain(id);
    expect(text(policy)).toContain('"aws:SourceAccount":{"Ref":"AWS::AccountId"}');
  });
});

describe("queues", () => {
  const deadLettersOf = ({ Properties }: Resource) => Properties.RedrivePolicy?.deadLetterTargetArn["Fn::GetAtt"][0];

  it("each have a queue of dead letters that keeps them for 14 days", () => {
    const queues = resources(team, "AWS::SQS::Queue");
    const deadLetters = new Set(Object.values(queues).map(deadLettersOf).filter(Boolean));
    const work = Object.keys(queues).filter((id) => !deadLetters.has(id));
    for (const id of work) {
      expect(queues[id].Properties.RedrivePolicy.maxReceiveCount).toBe(5);
      expect(queues[deadLettersOf(queues[id])].Properties.MessageRetentionPeriod).toBe(14 * 86_400);
    }
    expect(deadLetters.size).toBe(work.length);
    const functions = STAGES.filter(({ runsOn }) => runsOn === "function").length;
    // One a function, one for uploads, one that all GPU stages share.
    expect(work).toHaveLength(functions + 2);
  });

  it("are encrypted and spoken to over TLS", () => {
    const guarded = text(all("AWS::SQS::QueuePolicy"));
    for (const [id, { Properties }] of Object.entries(resources(team, "AWS::SQS::Queue"))) {
      expect(Properties.SqsManagedSseEnabled).toBe(true);
      expect(guarded).toContain(id);
    }
  });

  it("hide a message for at least six times as long as its function may take", () => {
    const functions = resources(team, "AWS::Lambda::Function");
    const queues = resources(team, "AWS::SQS::Queue");
    const mappings = all("AWS::Lambda::EventSourceMapping");
    expect(mappings).toHaveLength(5);
    for (const { Properties } of mappings) {
      const { Timeout } = functions[Properties.FunctionName.Ref].Properties;
      const { VisibilityTimeout } = queues[Properties.EventSourceArn["Fn::GetAtt"][0]].Properties;
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    }
  });

  it("feed functions that answer for each message, no more copies than the team set", () => {
    for (const { Properties } of all("AWS::Lambda::EventSourceMapping")) {
      expect(Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
      expect(Properties.ScalingConfig).toEqual({ MaximumConcurrency: 20 });
    }
  });
});

describe("stages", () => {
  it("of the list each have a queue, and a function unless they need a GPU", () => {
    const functions = all("AWS::Lambda::Function");
    const [{ Properties }] = functions;
    for (const { name, runsOn } of STAGES) {
      const variable = `ERRATA_QUEUE_${name.toUpperCase()}`;
      expect(Properties.Environment.Variables).toHaveProperty(variable);
      expect(Properties.Environment.Variables).toHaveProperty(`ERRATA_DEAD_LETTERS_${name.toUpperCase()}`);
      const described = functions.some((each) => each.Properties.Description.includes(`stage ${name}.`));
      expect(described, name).toBe(runsOn === "function");
    }
  });

  it("share one queue where they need a GPU", () => {
    const [{ Properties }] = all("AWS::Lambda::Function");
    const gpu = STAGES.filter(({ runsOn }) => runsOn === "gpu");
    const queues = gpu.map(({ name }) => text(Properties.Environment.Variables[`ERRATA_QUEUE_${name.toUpperCase()}`]));
    expect(new Set(queues).size).toBe(1);
  });

  it("run on Node 24 on the processor that sharp was copied for, traced, with logs that end", () => {
    const groups = resources(team, "AWS::Logs::LogGroup");
    for (const { Properties } of all("AWS::Lambda::Function")) {
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["x86_64"], Handler: "index.handler" });
      expect(Properties.TracingConfig).toEqual({ Mode: "Active" });
      expect(groups[Properties.LoggingConfig.LogGroup.Ref].Properties.RetentionInDays).toBe(30);
    }
  });
});

describe("what may be done", () => {
  const statements = () =>
    all("AWS::IAM::Policy").flatMap(({ Properties }) => Properties.PolicyDocument.Statement) as {
      Action: string | string[];
      Resource: unknown;
      Effect: string;
    }[];

  it("is written out: no action with a wildcard, no managed policy", () => {
    for (const { Action } of statements()) for (const action of [Action].flat()) expect(action).not.toContain("*");
    for (const { Properties } of all("AWS::IAM::Role")) expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  it("reaches everything only where an action knows no resource", () => {
    const everywhere = statements().filter(({ Resource }) => Resource === "*");
    for (const { Action } of everywhere) for (const action of [Action].flat()) expect(action).toMatch(/^xray:/);
  });

  it("does not include changing or deleting what the team uploaded", () => {
    const writing = statements().filter(
      ({ Action }) => /Put|Delete/.test(text(Action)) && text(Action).includes("s3:"),
    );
    expect(writing.length).toBeGreaterThan(0);
    for (const { Resource } of writing) expect(text(Resource)).not.toContain("datasets/");
  });
});

describe("the deployment", () => {
  it("is paid by use: a table on demand that forgets, and can be put back to any minute", () => {
    team.hasResourceProperties("AWS::DynamoDB::GlobalTable", {
      BillingMode: "PAY_PER_REQUEST",
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
      Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
    });
  });

  it("sweeps every minute", () => {
    team.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)", State: "ENABLED" });
  });

  it("has a topic that takes alarms and budgets of this account, over TLS", () => {
    const policy = text(all("AWS::SNS::TopicPolicy"));
    for (const part of [
      "cloudwatch.amazonaws.com",
      "budgets.amazonaws.com",
      "aws:SourceAccount",
      "aws:SecureTransport",
    ])
      expect(policy).toContain(part);
  });

  it("gives nothing a physical name, and tags everything that takes tags with the team", () => {
    const names = ["BucketName", "TableName", "QueueName", "TopicName", "FunctionName", "RoleName", "LogGroupName"];
    const { Resources } = team.toJSON() as { Resources: Record<string, Resource> };
    for (const [id, { Type, Properties }] of Object.entries(Resources)) {
      for (const name of names) {
        const isReference = Type === "AWS::Lambda::EventSourceMapping" || Type === "AWS::Lambda::Permission";
        if (!isReference && Type !== "AWS::Lambda::EventInvokeConfig") expect(Properties?.[name], id).toBeUndefined();
      }
    }
    for (const type of ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::SNS::Topic"])
      for (const { Properties } of all(type)) expect(text(Properties.Tags)).toContain('"errata-team","Value":"vision"');
  });
});
