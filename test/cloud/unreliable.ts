/**
 * A proxy before the emulator that throttles calls, breaks connections before and after a call took effect: what the SDK and the
 * adapters must put up with. All of it follows from a seed.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Unreliable {
  endpoint: string;
  /** Calls by service and by what was done to them. */
  struck: Record<string, number>;
  stop(): Promise<void>;
}

export interface UnreliableChances {
  throttled: number;
  brokenBefore: number;
  brokenAfter: number;
}

/** As each service says that it is asked too much. */
const THROTTLED = {
  dynamodb: [400, "application/x-amz-json-1.0", '{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}'],
  sqs: [400, "application/x-amz-json-1.0", '{"__type":"com.amazonaws.sqs#RequestThrottled"}'],
  s3: [503, "application/xml", "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"],
} as const;

function serviceOf({ headers }: IncomingMessage): keyof typeof THROTTLED {
  const [, service] = /\/(s3|sqs|dynamodb)\/aws4_request/.exec(headers.authorization ?? "") ?? [];
  return (service ?? "s3") as keyof typeof THROTTLED;
}

export async function startUnreliable(
  target: string,
  dice: () => number,
  { throttled, brokenBefore, brokenAfter }: UnreliableChances,
): Promise<Unreliable> {
  const { hostname, port } = new URL(target);
  const struck: Record<string, number> = {};
  const count = (service: string, what: string) => {
    const name = `${service} ${what}`;
    struck[name] = (struck[name] ?? 0) + 1;
  };
  const agent = new http.Agent({ keepAlive: true });

  const pass = (request: IncomingMessage, body: Buffer, response: ServerResponse, isCut: boolean) => {
    const { method, url: path, headers } = request;
    const onward = http.request({ hostname, port, method, path, headers, agent }, (answer) => {
      if (isCut) {
        answer.resume().on("end", () => response.socket?.destroy());
        return;
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.socket?.destroy());
    onward.end(body);
  };

  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const service = serviceOf(request);
    const at = dice();
    if (at < throttled) {
      count(service, "throttled");
      const [status, type, text] = THROTTLED[service];
      response.writeHead(status, { "content-type": type }).end(text);
    } else if (at < throttled + brokenBefore) {
      count(service, "broken before");
      response.socket?.destroy();
    } else {
      const isCut = at < throttled + brokenBefore + brokenAfter;
      if (isCut) count(service, "broken after");
      pass(request, Buffer.concat(chunks), response, isCut);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    server.closeAllConnections();
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, struck, stop };
}
