/** A team's deployment, found from outside of it: by the outputs of its stacks, or by what the environment says. */
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { InputError } from "../../errors.ts";
import { STAGES } from "../../pipeline/stage-list.ts";
import { nameOf } from "./clients.ts";
import { queueOf, queueOutputs, stackOf, TEAM, UPLOADS } from "./names.ts";
import { type AwsSettings, readAwsSettings } from "./settings.ts";

export interface Team {
  name: string;
  settings: Readonly<AwsSettings>;
  /** Of AWS Batch; absent where the GPU stack is not deployed. */
  jobQueue?: string;
}

/**
 * Reads the outputs of the team's stacks; where the environment names bucket and table (ERRATA_BUCKET, ERRATA_TABLE...), that
 * counts and nothing is asked.
 *
 * @throws InputError with the remedy where the team's name is none, there is no such stack, or AWS does not know who asks
 */
export async function findTeam(name: string, env: NodeJS.ProcessEnv = process.env): Promise<Team> {
  if (!TEAM.test(name)) {
    const problem = `${JSON.stringify(name)} is no team name.`;
    throw new InputError({
      file: "--team",
      problem,
      remedy: 'Use 2 to 21 lower-case letters, digits and "-", a letter first.',
    });
  }
  if (env.ERRATA_BUCKET && env.ERRATA_TABLE) {
    return { name, settings: readAwsSettings(env), jobQueue: env.ERRATA_GPU_JOB_QUEUE };
  }
  const formation = new CloudFormationClient({ endpoint: env.AWS_ENDPOINT_URL });
  try {
    const outputs = await outputsOf(formation, stackOf(name));
    if (!outputs?.BucketName || !outputs.TableName) throw notDeployed(name, outputs !== undefined);
    const gpu = await outputsOf(formation, `${stackOf(name)}-gpu`);
    return { name, settings: readAwsSettings(environmentFrom(outputs, env)), jobQueue: gpu?.JobQueueArn };
  } catch (error) {
    throw explainedAws(error);
  } finally {
    formation.destroy();
  }
}

function environmentFrom(outputs: Record<string, string>, env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = {
    ERRATA_BUCKET: outputs.BucketName,
    ERRATA_TABLE: outputs.TableName,
    AWS_ENDPOINT_URL: env.AWS_ENDPOINT_URL,
  };
  const queues = [...STAGES.map((stage) => [stage.name, queueOf(stage)]), [UPLOADS, UPLOADS]];
  for (const [stage, queue] of queues) {
    const { url, deadLetters } = queueOutputs(queue);
    environment[`ERRATA_QUEUE_${stage.toUpperCase()}`] = outputs[url];
    environment[`ERRATA_DEAD_LETTERS_${stage.toUpperCase()}`] = outputs[deadLetters];
  }
  return environment;
}

/** Nothing where there is no such stack. */
async function outputsOf(formation: CloudFormationClient, stack: string): Promise<Record<string, string> | undefined> {
  try {
    const { Stacks = [] } = await formation.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  } catch (error) {
    if (nameOf(error) === "ValidationError" && /does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

function notDeployed(team: string, exists: boolean): InputError {
  const problem = exists
    ? `The stack ${stackOf(team)} names no bucket and table: its deployment did not end.`
    : `There is no stack ${stackOf(team)} in this account and region.`;
  const remedy = `Deploy it (npx cdk deploy --all -c team=${team}), or put the team, AWS_PROFILE or AWS_REGION right.`;
  return new InputError({ file: "--team", problem, remedy });
}

/** What AWS says where it does not know who asks, or from where: in words, with what to do. Other errors stay as they are. */
export function explainedAws(error: unknown): unknown {
  const name = nameOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const as = (problem: string, remedy: string) =>
    new InputError({ file: "AWS credentials", problem, remedy, cause: error });
  if (
    name === "CredentialsProviderError" ||
    name === "TokenProviderError" ||
    /Could not load credentials/.test(message)
  )
    return as("None were found, or they have expired.", "Sign in (aws sso login), or set AWS_PROFILE, and try again.");
  if (
    /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId)$/.test(
      name,
    )
  )
    return as("AWS does not accept them.", "Sign in again (aws sso login), or choose another AWS_PROFILE.");
  if (/^(AccessDenied|AccessDeniedException|Forbidden)$/.test(name))
    return as(`They do not allow this: ${message}.`, "Ask for the right, or choose another AWS_PROFILE.");
  if (/Region is missing/i.test(message))
    return new InputError({
      file: "AWS_REGION",
      problem: "No region is set.",
      remedy: "Set AWS_REGION to the team's.",
      cause: error,
    });
  return error;
}
