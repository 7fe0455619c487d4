/**
 * Lambda's Runtime API on this machine: hands events to a function's process and takes its answers, with a deadline each, as
 * AWS documents it ("Using the Lambda runtime API"). The process runs on the Node that is deployed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { deployedNode } from "./deployed-node.ts";

const BOOTSTRAP = fileURLToPath(new URL("bootstrap.mjs", import.meta.url));

export interface LocalFunctionOptions {
  /** The bundle's folder. */
  folder: string;
  name: string;
  environment?: Record<string, string>;
  timeoutSeconds?: number;
  /** What the function writes. Default: this process' stderr. */
  onOutput?(text: string): void;
}

export interface Answer {
  /** What the handler returned, or the error as Lambda gives it: `{ errorType, errorMessage }`. */
  payload: unknown;
  isError: boolean;
  milliseconds: number;
}

interface Invocation {
  id: string;
  event: string;
  done(payload: unknown, isError: boolean): void;
  timer?: NodeJS.Timeout;
}

export interface LocalFunction {
  invoke(event: unknown): Promise<Answer>;
  /** From the process' start until it asked for its first event, in milliseconds. */
  coldStart: Promise<number>;
  stop(): Promise<void>;
}

export async function startFunction(options: LocalFunctionOptions): Promise<LocalFunction> {
  const {
    folder,
    name,
    environment = {},
    timeoutSeconds = 30,
    onOutput = (text) => process.stderr.write(text),
  } = options;
  const queued: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let asking: ServerResponse | undefined;
  let child: ChildProcess | undefined;
  let stopped = false;
  let started = performance.now();
  let ready: (milliseconds: number) => void;
  const coldStart = new Promise<number>((resolve) => (ready = resolve));

  const end = (invocation: Invocation, payload: unknown, isError: boolean) => {
    clearTimeout(invocation.timer);
    running.delete(invocation.id);
    invocation.done(payload, isError);
  };

  const hand = (response: ServerResponse, invocation: Invocation) => {
    running.set(invocation.id, invocation);
    const deadline = Date.now() + timeoutSeconds * 1000;
    invocation.timer = setTimeout(() => {
      child?.kill("SIGKILL");
      end(
        invocation,
        { errorType: "Sandbox.Timedout", errorMessage: `Task timed out after ${timeoutSeconds} seconds` },
        true,
      );
    }, timeoutSeconds * 1000);
    response.writeHead(200, {
      "lambda-runtime-aws-request-id": invocation.id,
      "lambda-runtime-deadline-ms": String(deadline),
      "lambda-runtime-invoked-function-arn": `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
    });
    response.end(invocation.event);
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const text = await bodyOf(request);
    if (path.endsWith("/invocation/next")) {
      ready(performance.now() - started);
      const next = queued.shift();
      if (next) hand(response, next);
      else asking = response;
      return;
    }
    response.writeHead(202).end();
    const payload: unknown = JSON.parse(text || "null");
    const [, id, what] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const invocation = running.get(id);
    if (invocation) end(invocation, payload, what === "error");
    else if (path.endsWith("/init/error")) for (const each of queued.splice(0)) each.done(payload, true);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const start = () => {
    asking = undefined;
    started = performance.now();
    child = spawn(deployedNode(), [BOOTSTRAP], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
        AWS_REGION: "us-east-1",
        LAMBDA_TASK_ROOT: folder,
        POWERTOOLS_TRACE_ENABLED: "false",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => onOutput(String(chunk)));
    child.on("exit", (code, signal) => {
      for (const each of running.values()) {
        end(each, { errorType: "Runtime.ExitError", errorMessage: `exit ${signal ?? code}` }, true);
      }
      if (!stopped && queued.length > 0) start();
      else child = undefined;
    });
  };

  const invoke = (event: unknown) =>
    new Promise<Answer>((resolve) => {
      const began = performance.now();
      const done = (payload: unknown, isError: boolean) =>
        resolve({ payload, isError, milliseconds: performance.now() - began });
      const invocation: Invocation = { id: randomUUID(), event: JSON.stringify(event), done };
      const response = asking;
      asking = undefined;
      if (response) hand(response, invocation);
      else queued.push(invocation);
      if (!child) start();
    });

  start();
  const stop = async () => {
    stopped = true;
    child?.kill("SIGKILL");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { invoke, coldStart, stop };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
