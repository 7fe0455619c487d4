/** The cloud's commands on a machine that has no credentials: words and exit code 2, and soon. */
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { temporaryFolder } from "../support/data.ts";
import { errata } from "../support/errata.ts";
import { write } from "../support/pictures.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const data = join(folder.path, "mugs");
write(data, { "mug/1.png": "1" });

/** Nothing that credentials could come from. */
const NOBODY = Object.fromEntries(
  Object.keys(process.env)
    .filter((key) => /^(AWS_|ERRATA_)/.test(key))
    .map((key) => [key, undefined]),
);
const env = {
  ...NOBODY,
  HOME: folder.path,
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
} as NodeJS.ProcessEnv;

it.each([
  ["submit", data],
  ["status", "mugs-1"],
])("%s says that nobody is signed in", async (command, what) => {
  const { code, stderr, stdout } = await errata([command, what, "--team", "vision"], { env });
  expect(stderr).toMatch(/AWS credentials: None were found, or they have expired\. Sign in \(aws sso login\)/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

it.each(["submit", "status"])("%s wants to know the team", async (command) => {
  const { code, stderr } = await errata([command, "x"], { env });
  expect(code).toBe(2);
  expect(stderr).toMatch(/required option '--team <team>' not specified/);
});
