/**
 * The team's bucket.
 *
 *     datasets/<name>/...     what the team uploads; `errata.json` last, it opens a run
 *     reports/<name>/<run>/   what it gets
 *     runs/<run>/             what a run works with; goes after the retention
 *     cache/                  results of training runs by the digest of their input; goes after the retention
 */
import { Aws, Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export const DATASETS = "datasets/";
export const REPORTS = "reports/";
export const RUNS = "runs/";
export const CACHE = "cache/";

const NONCURRENT_DAYS = 30;
const MULTIPART_DAYS = 7;

export class DatasetBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { uploads, retentionDays }: { uploads: Queue; retentionDays: number }) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // The team's data outlives the stack; infra/README.md says how to delete it.
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(MULTIPART_DAYS),
          noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
          expiredObjectDeleteMarker: true,
        },
        ...[RUNS, CACHE].map((prefix) => ({
          prefix,
          expiration: Duration.days(retentionDays),
          noncurrentVersionExpiration: Duration.days(1),
        })),
      ],
    });
    this.notify(uploads);
  }

  /**
   * Written into the bucket itself: CDK's own way brings a function of another runtime along. S3 tests that it may send when
   * the bucket is made, so the queue's policy comes first; it names the account, as it cannot name a bucket not yet made.
   */
  private notify(uploads: Queue): void {
    uploads.addToResourcePolicy(
      new PolicyStatement({
        sid: "BucketMaySend",
        principals: [new ServicePrincipal("s3.amazonaws.com")],
        actions: ["sqs:SendMessage"],
        resources: [uploads.queueArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    const rules = [
      { name: "prefix", value: DATASETS },
      { name: "suffix", value: "/errata.json" },
    ];
    bucket.notificationConfiguration = {
      queueConfigurations: [{ event: "s3:ObjectCreated:*", queue: uploads.queueArn, filter: { s3Key: { rules } } }],
    };
    bucket.node.addDependency(uploads.node.findChild("Policy"));
  }
}
