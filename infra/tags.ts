/** Each resource carries the team's name, so that its cost can be told apart. */
import { Tags } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

export const TEAM_TAG = "errata-team";

/** What logs, metrics and traces name as their service: teams of one account are told apart by it. */
export function serviceName(team: string): string {
  return `errata-${team}`;
}

export function tagWithTeam(scope: IConstruct, team: string): void {
  Tags.of(scope).add(TEAM_TAG, team);
}
