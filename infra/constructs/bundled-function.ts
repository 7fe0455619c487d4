/** A function with its role, its log group and nothing that it was not given. */
import { Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import { type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  DockerImageCode,
  DockerImageFunction,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { FunctionSize } from "../../src/platform/aws/function-sizes.ts";
import type { FunctionName } from "../bundling/build.ts";
import { bundledCode } from "../bundling/code.ts";
import { imageContext } from "../bundling/image.ts";

export interface BundledFunctionProps extends Omit<FunctionSize, "batchSize"> {
  /** Folder below functions/. */
  name: FunctionName;
  says: string;
  /** `zip` with the portable engine, or `container` with tfjs-node. */
  kind?: "zip" | "container";
  environment: Record<string, string>;
  statements: PolicyStatement[];
  retentionDays: number;
}

export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly memoryMiB: number;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    this.memoryMiB = props.memoryMiB;
    const logGroup = new LogGroup(this, "Logs", {
      // The numbers of the enum are days; settings.ts lets no others through.
      retention: props.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    for (const statement of props.statements) this.role.addToPolicy(statement);
    logGroup.grantWrite(this.role);
    const common = {
      description: props.says,
      // sharp's and libvips' binaries are copied for this one (see bundling/packages.ts).
      architecture: Architecture.X86_64,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(props.diskMiB),
      environment: props.environment,
      tracing: Tracing.ACTIVE,
      role: this.role,
      logGroup,
    };
    this.function =
      props.kind === "container"
        ? new DockerImageFunction(this, "Function", {
            ...common,
            code: DockerImageCode.fromImageAsset(...imageContext(`functions/${props.name}/Dockerfile`)),
          })
        : new LambdaFunction(this, "Function", {
            ...common,
            code: bundledCode(props.name),
            handler: "index.handler",
            runtime: Runtime.NODEJS_24_X,
          });
  }
}
