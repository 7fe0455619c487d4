/** A team is found by its stack's outputs; what cannot be found or is not allowed is told in words. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { STAGES } from "../../src/pipeline/stage-list.ts";
import { explainedAws, findTeam } from "../../src/platform/aws/team.ts";
import { resources, templatesOf } from "../infra/synth.ts";

const NAMESPACE = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"';
const outputsXml = (outputs: Record<string, string>) =>
  `<DescribeStacksResponse ${NAMESPACE}><DescribeStacksResult><Stacks><member><StackName>s</StackName><Outputs>${Object.entries(
    outputs,
  )
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const errorXml = (code: string, message: string) =>
  `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/** CloudFormation, as far as it is asked: stacks by name, or an error for all of them. */
let stacks: Record<string, Record<string, string>>;
let refusal: { code: string; status: number } | undefined;
let server: Server;
const saved = { ...process.env };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const name = new URLSearchParams(Buffer.concat(chunks).toString()).get("StackName")!;
    response.setHeader("content-type", "text/xml");
    if (refusal) response.writeHead(refusal.status).end(errorXml(refusal.code, "no"));
    else if (stacks[name]) response.end(outputsXml(stacks[name]));
    else response.writeHead(400).end(errorXml("ValidationError", `Stack with id ${name} does not exist`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  process.env = saved;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  stacks = {};
  refusal = undefined;
  process.env = { ...saved, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

describe("a team", () => {
  it("is found by the outputs that its stacks have, each queue among them", { timeout: 180_000 }, async () => {
    const { team, gpu } = templatesOf();
    const named = (prefix: string, template: typeof team) =>
      Object.fromEntries(Object.keys(template.findOutputs("*")).map((key) => [key, `https://${prefix}/${key}`]));
    stacks = { "errata-vision": named("team", team), "errata-vision-gpu": named("gpu", gpu) };
    const { settings, jobQueue } = await findTeam("vision");
    expect(settings.bucket).toBe("https://team/BucketName");
    expect(settings.table).toBe("https://team/TableName");
    expect(jobQueue).toBe("https://gpu/JobQueueArn");
    for (const { name } of [...STAGES, { name: "uploads" }]) {
      expect(settings.queues[name].url, name).toMatch(/QueueUrl$/);
      expect(settings.queues[name].deadLetters, name).toMatch(/DeadLettersUrl$/);
    }
    expect(settings.queues.train).toEqual(settings.queues.report);
    const queues = new Set(Object.values(settings.queues).flatMap(({ url, deadLetters }) => [url, deadLetters]));
    expect(queues.size).toBe(Object.keys(resources(team, "AWS::SQS::Queue")).length);
  });

  it("is what the environment says where that names bucket and table", async () => {
    const env = { ERRATA_BUCKET: "bucket", ERRATA_TABLE: "table", ERRATA_QUEUE_INTAKE: "https://q" };
    expect((await findTeam("vision", env)).settings).toMatchObject({ bucket: "bucket", queues: { intake: {} } });
  });

  it.each([
    ["Vision", {}, /--team: "Vision" is no team name/],
    ["vision", {}, /no stack errata-vision in this account and region.*npx cdk deploy --all -c team=vision/],
    ["vision", { "errata-vision": {} }, /its deployment did not end/],
  ])("that is not there is an error with its remedy (%s, %j)", async (name, there, says) => {
    stacks = there;
    const asked = findTeam(name);
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(says);
  });

  it.each([
    ["AccessDenied", 403, /do not allow this/],
    ["InvalidClientTokenId", 403, /does not accept them.*aws sso login/],
  ])("that AWS does not show is told in words (%s)", async (code, status, says) => {
    refusal = { code, status };
    await expect(findTeam("vision")).rejects.toThrow(says);
  });
});

it("knows what missing credentials and regions look like, and leaves other errors alone", () => {
  const missing = Object.assign(new Error("Could not load credentials from any providers"), {
    name: "CredentialsProviderError",
  });
  expect(explainedAws(missing)).toMatchObject({
    message: expect.stringMatching(/Sign in \(aws sso login\)/),
    cause: missing,
  });
  expect(String(explainedAws(new Error("Region is missing")))).toMatch(/Set AWS_REGION/);
  const other = new Error("the net is down");
  expect(explainedAws(other)).toBe(other);
});
