/**
 * Where GPU instances stand. Public subnets whose security group lets nothing in, not private ones: what an instance must
 * reach (ECS, ECR, logs, queues) would take nine interface endpoints, about 65 USD a month and zone, or a NAT gateway, about 33
 * and its traffic, while nobody audits anything. A public address costs 0.005 USD an hour, and only while an instance runs.
 * Objects and the ledger go through gateway endpoints, which are free.
 */
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

export class Network extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { flowLogs }: { flowLogs: LogGroup }) {
    super(scope, id);
    this.vpc = new Vpc(this, "Vpc", {
      // As many as there are, up to this: more zones, more spot capacity.
      maxAzs: 3,
      natGateways: 0,
      subnetConfiguration: [{ name: "gpu", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        Rejected: {
          destination: FlowLogDestination.toCloudWatchLogs(flowLogs),
          trafficType: FlowLogTrafficType.REJECT,
        },
      },
    });
    this.securityGroup = new SecurityGroup(this, "NothingIn", {
      vpc: this.vpc,
      description: "GPU workers: nothing comes in",
      allowAllOutbound: true,
    });
  }
}
