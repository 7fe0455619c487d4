/** `npx cdk synth -c team=<name>`: what cdk.json starts. */
import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { InputError } from "../src/errors.ts";
import { buildApp } from "./build.ts";

try {
  const { app } = buildApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
