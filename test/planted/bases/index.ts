import { hasData } from "../../support/data.ts";
import type { Base, BaseId, SetName } from "../types.ts";
import { cifar10 } from "./cifar10.ts";
import { eth80 } from "./eth80.ts";
import { masks } from "./masks.ts";
import { mnist } from "./mnist.ts";
import { tabletop } from "./tabletop.ts";

export const ALL_BASES: Record<BaseId, Base> = { mnist, cifar10, eth80, tabletop, masks };

/** The bases of a set, and those of them whose data are not on this machine. */
export function basesOf(set: SetName): { here: Base[]; absent: Base[] } {
  const wanted = Object.values(ALL_BASES).filter(({ sets }) => sets.includes(set));
  const isHere = ({ needs }: Base) => needs === undefined || hasData(needs);
  return { here: wanted.filter(isHere), absent: wanted.filter((base) => !isHere(base)) };
}
