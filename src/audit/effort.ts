/** What each effort may spend. Costs are counted in training runs of the subject: images passed through training over those of one run. */
export interface Effort {
  /** Baselines trained before anything is screened. */
  baselineSeeds: number;
  folds: number;
  /** Repeats of the cross-validation, each with its own folds and seed. */
  repeats: number;
  /** Seeds a variant is tried on before it is worth confirming. */
  exploreSeeds: number;
  /** Fresh seeds that a claim is quoted from. */
  freshSeeds: number;
  /** Whether whatever too few seeds leave open gets as many again; what is there beyond doubt gets them at every effort. */
  secondLooks: boolean;
  /** At most so many causes of a tier go on to confirmation, the most promising first. */
  winners: number;
  /** No experiment is started that would pass this cost. */
  maximumCost: number;
  /** What may be spent beyond it: on what too few seeds leave open, and on the causes that lie behind one that is confirmed. */
  furtherCost: number;
}

export const EFFORTS = {
  quick: {
    baselineSeeds: 2,
    folds: 3,
    repeats: 1,
    exploreSeeds: 1,
    freshSeeds: 3,
    secondLooks: false,
    winners: 2,
    maximumCost: 28,
    furtherCost: 0,
  },
  standard: {
    baselineSeeds: 3,
    folds: 4,
    repeats: 1,
    exploreSeeds: 2,
    freshSeeds: 4,
    secondLooks: true,
    winners: 3,
    maximumCost: 60,
    furtherCost: 30,
  },
  thorough: {
    baselineSeeds: 4,
    folds: 5,
    repeats: 2,
    exploreSeeds: 3,
    freshSeeds: 6,
    secondLooks: true,
    winners: 5,
    maximumCost: 160,
    furtherCost: 80,
  },
} satisfies Record<string, Effort>;

/** Training runs of the observation: baselines, and the models of the cross-validation. */
export const observationOf = ({ baselineSeeds, folds, repeats }: Effort): number => baselineSeeds + folds * repeats;

/** What an audit may cost in all. */
export const mostOf = ({ maximumCost, furtherCost }: Effort): number => maximumCost + furtherCost;

export type EffortName = keyof typeof EFFORTS;
