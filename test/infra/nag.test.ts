import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { appOf, resources, templatesOf, withSettings } from "./synth.ts";

const CHOICES = {
  "as cdk.json has them": {},
  "with containers, on demand, with someone to tell": withSettings({
    engine: "tensorflow",
    gpu: { spot: false, instanceClasses: ["g6"] },
    notify: ["team@example.com"],
  }),
};

describe.each(Object.entries(CHOICES))("a team's stacks, %s", (_name, context) => {
  it("leave cdk-nag nothing to say that is not acknowledged", () => {
    const { app } = appOf(context);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it("leave CDK nothing to warn of", () => {
    const messages = appOf(context)
      .app.synth()
      .stacks.flatMap((stack) => stack.messages);
    expect(messages.map(({ entry }) => entry.data)).toEqual([]);
  });
});

describe("the engine tensorflow", () => {
  it("makes infer a container, and nothing else", () => {
    const { team } = templatesOf(CHOICES["with containers, on demand, with someone to tell"]);
    const functions = Object.values(resources(team, "AWS::Lambda::Function"));
    const containers = functions.filter(({ Properties }) => Properties.PackageType === "Image");
    expect(containers.map(({ Properties }) => Properties.Description)).toEqual([
      expect.stringContaining("stage infer"),
    ]);
  });
});
