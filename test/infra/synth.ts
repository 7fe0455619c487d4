/** A team's templates, without bundling code: that is tested in test/functions. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import { buildApp } from "../../infra/build.ts";

export const WITHOUT_BUNDLING = { "aws:cdk:bundling-stacks": [] };

const outdirs: string[] = [];
afterAll(() => {
  for (const outdir of outdirs) rmSync(outdir, { recursive: true, force: true });
});

export function appOf(context: Record<string, unknown> = {}) {
  const outdir = mkdtempSync(join(tmpdir(), "errata-synth-"));
  outdirs.push(outdir);
  return buildApp({ team: "vision", ...WITHOUT_BUNDLING, ...context }, { outdir, stackTraces: false });
}

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are whatever CloudFormation takes
  Properties: any;
  DependsOn?: string[];
  DeletionPolicy?: string;
}

export function templatesOf(context: Record<string, unknown> = {}) {
  const { team, gpu, watch, settings } = appOf(context);
  return { settings, team: Template.fromStack(team), gpu: Template.fromStack(gpu), watch: Template.fromStack(watch) };
}

export type Templates = ReturnType<typeof templatesOf>;

/** Resources of a type by logical id. */
export function resources(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as Record<string, Resource>;
}

/** A setting of the team `vision`, over the defaults. */
export const withSettings = (settings: object) => ({ "errata:teams": { vision: settings } });
