/** Area under ROC of a score that is low for what is bad: the share of pairs that it puts right, ties by half (Hanley and McNeil 1982). */
export function areaUnderRoc(scores: ArrayLike<number>, bad: readonly boolean[]): number {
  let right = 0;
  let pairs = 0;
  for (let i = 0; i < bad.length; i++)
    for (let j = 0; j < bad.length; j++) {
      if (!bad[i] || bad[j]) continue;
      pairs++;
      if (scores[i] < scores[j]) right++;
      else if (scores[i] === scores[j]) right += 0.5;
    }
  return right / pairs;
}
