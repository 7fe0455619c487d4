/** What Lambda's own runtime does in the function's process: loads the handler, asks for events, sends answers. */
import http from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(api + path, { method, agent }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ headers: response.headers, text: Buffer.concat(chunks).toString("utf8") });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const failure = (error) =>
  JSON.stringify({
    errorType: error?.name ?? "Error",
    errorMessage: String(error?.message ?? error),
    trace: String(error?.stack ?? "").split("\n"),
  });

async function loadHandler() {
  try {
    const module = await import(pathToFileURL(join(process.env.LAMBDA_TASK_ROOT, "index.mjs")).href);
    return module.handler;
  } catch (error) {
    await call("POST", "/init/error", failure(error));
    console.error(error);
    process.exit(1);
  }
}

const handler = await loadHandler();
for (;;) {
  const { headers, text } = await call("GET", "/invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const answer = await handler(JSON.parse(text), context);
    await call("POST", `/invocation/${id}/response`, JSON.stringify(answer ?? null));
  } catch (error) {
    await call("POST", `/invocation/${id}/error`, failure(error));
  }
}
