/** One row of the table: one comparison of the project with a peer, or with itself. A new row is one file and a line in rows/index.ts. */
export interface Row {
  /** What it is called on the command line. */
  name: string;
  title: string;
  /** @throws CannotRun where something that it needs is missing */
  run(bench: Bench): Promise<Line[]>;
}

/** One line of a row's result: a ratio, or a statement that holds or does not. */
export interface Line {
  compares: string;
  /** Of one side's figure over the other's, measured in turns; or one figure a step of a series. */
  ratio?: Ratio;
  /** What the ratio is of, as "time of A / time of B". */
  of?: string;
  goal?: { atMost: number } | { atLeast: number };
  /** In place of a ratio: what must be so, and whether it is. */
  holds?: boolean;
  /** Figures behind the ratio, in words with units. */
  figures: string[];
}

export interface Ratio {
  median: number;
  least: number;
  most: number;
  /** Times that the sides took turns. */
  rounds: number;
}

export interface Bench {
  /** Smaller sizes, for a look. */
  quick: boolean;
  /** Times that sides take turns, the warm-up aside. */
  rounds: number;
  /** A folder that is kept between runs: peers, data. */
  scratch: string;
  say(text: string): void;
  /** Python with the pinned peers; installs them at the first call. */
  python(): Promise<string>;
}

/** Why a row cannot run on this machine. */
export class CannotRun extends Error {}
