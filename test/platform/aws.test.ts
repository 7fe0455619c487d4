/** What the AWS adapters do without AWS: settings, and the signature of a notification. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openTopic } from "../../src/platform/aws/notifier.ts";
import { readAwsSettings } from "../../src/platform/aws/settings.ts";
import { signedHeaders } from "../../src/platform/aws/signature.ts";

test("settings are read from the environment, and everything missing is told at once", () => {
  const settings = readAwsSettings({
    ERRATA_BUCKET: "bucket",
    ERRATA_TABLE: "table",
    ERRATA_MAX_RECEIVES: "4",
    ERRATA_QUEUE_INGEST: "https://sqs/ingest",
    ERRATA_DEAD_LETTERS_INGEST: "https://sqs/dead",
  });
  expect(settings).toMatchObject({ bucket: "bucket", table: "table", maxReceives: 4, retentionDays: 90 });
  expect(settings.queues).toEqual({ ingest: { url: "https://sqs/ingest", deadLetters: "https://sqs/dead" } });
  expect(() => readAwsSettings({})).toThrow(/ERRATA_BUCKET.*ERRATA_TABLE/);
});

/** Fails the first `failures` requests, then takes them. */
async function serveTopic(failures: number) {
  const requests: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    requests.push({ headers: request.headers, body });
    response.statusCode = requests.length <= failures ? 503 : 200;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, endpoint, close: () => server.close() };
}

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

test("the end of a run is published to the topic, again where it is not taken", async () => {
  const { requests, endpoint, close } = await serveTopic(1);
  try {
    const topic = openTopic({
      topic: "arn:aws:sns:eu-west-1:123456789012:ends",
      credentials: async () => ({ ...credentials, sessionToken: "token" }),
      endpoint,
    });
    await topic.publish({ run: "r-1", kind: "finished", says: "7 % of the labels are wrong & cost 3 points." });
    expect(requests).toHaveLength(2);
    const form = Object.fromEntries(new URLSearchParams(requests[1].body));
    expect(form).toMatchObject({
      Action: "Publish",
      TopicArn: "arn:aws:sns:eu-west-1:123456789012:ends",
      Subject: "Errata: r-1 is finished",
      Message: "7 % of the labels are wrong & cost 3 points.",
    });
    expect(requests[1].headers).toMatchObject({ "x-amz-security-token": "token" });
    expect(requests[1].headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sns\//,
    );
  } finally {
    close();
  }
});

/** From AWS' own test suite for signatures, version 4: the case `post-x-www-form-urlencoded`. */
test("a request is signed as AWS' example is", () => {
  const headers = signedHeaders({
    url: new URL("https://example.amazonaws.com/"),
    region: "us-east-1",
    service: "service",
    body: "Param1=value1",
    credentials,
    at: new Date("2015-08-30T12:36:00Z"),
  });
  expect(headers.authorization).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  );
});
