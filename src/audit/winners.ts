/** Winners of one tier beside each other: what each mends that the others leave. */
import { points } from "../causes/say.ts";
import { compareArms } from "../stats/arms.ts";
import { affords } from "./budget.ts";
import { withInterventions } from "./lab.ts";
import type { TierSetting } from "./tier.ts";
import { type Errors, errorsOfAll, type Setting, type Trial } from "./trial.ts";

/** Errors with several fixes at once; nothing where the effort does not afford it. @param further as in `affords` */
function appliedTogether(
  trials: Trial[],
  { view, working, seeds, judged, lab }: Setting,
  { spent, effort }: TierSetting,
  further = spent.found,
): Errors | undefined {
  const arm = withInterventions(
    working,
    trials.map(({ chosen }) => chosen!),
  );
  return affords(spent, [arm], effort.freshSeeds, further)
    ? errorsOfAll(view, [arm], seeds, judged, lab)[0]
    : undefined;
}

/** Part of what a fix gains alone that it must gain on top of larger ones, to be a cause beside theirs. */
const REPEATED = 0.25;

/**
 * Winners that mend errors which larger ones leave. Two fixes often mend the same errors: images of a new viewpoint and
 * augmentation that turns; then the smaller is no cause of its own. Where the effort does not afford to apply them together, all stay.
 */
export function withoutRepeats(
  winners: Trial[],
  quoting: Setting,
  setting: TierSetting,
  changedOf: (trial: Trial) => Errors,
): Trial[] {
  const [largest, ...others] = winners.toSorted((a, b) => b.comparison!.gain.value - a.comparison!.gain.value);
  const kept = [largest];
  let standing = changedOf(largest);
  for (const trial of others) {
    const all = appliedTogether([...kept, trial], quoting, setting);
    if (!all) return winners;
    const { gain, standardError } = compareArms({ baseline: standing, changed: all });
    const alone = trial.comparison!.gain.value;
    if (gain.value < REPEATED * alone && alone - gain.value > 2 * standardError) {
      trial.confirmed = false;
      trial.repeats = true;
      trial.stopped = `What it mends, ${kept.map(({ cause }) => cause.id).join(" and ")} mends as well: on top of that it gains ${points(gain.value)}.`;
      continue;
    }
    kept.push(trial);
    standing = all;
  }
  return kept;
}

/**
 * The cause that settles training, and those of another kind that mend beside it: rare classes as well as too few epochs. They gained
 * as much alone, so each must gain on top, beyond two standard errors and a good part of that.
 */
export function withWhatAdds(
  first: Trial,
  winners: Trial[],
  quoting: Setting,
  setting: TierSetting,
  changedOf: (trial: Trial) => Errors,
): Trial[] {
  const kept = [first];
  let standing = changedOf(first);
  const ofAnotherKind = winners.filter(
    (each) => each !== first && (each.cause.tier !== "training" || first.cause.tier !== "training"),
  );
  for (const trial of ofAnotherKind) {
    const all = appliedTogether([...kept, trial], quoting, setting, true);
    if (!all) continue;
    const onTop = compareArms({ baseline: standing, changed: all });
    const alone = trial.comparison!;
    if (onTop.gain.low <= 0 || onTop.gain.value < Math.max(REPEATED * alone.gain.value, 2 * onTop.standardError))
      continue;
    const { controlled, gainOverControl, pOverControl } = alone;
    trial.comparison = {
      ...onTop,
      controlled,
      gainOverControl,
      pOverControl,
      pValue: Math.max(alone.pValue, onTop.pValue),
    };
    trial.confirmed = true;
    trial.repeats = undefined;
    trial.stopped = undefined;
    first.tiedWith = first.tiedWith?.filter((id) => id !== trial.cause.id);
    kept.push(trial);
    standing = all;
  }
  return kept;
}
