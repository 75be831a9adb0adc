import type { BridgeView } from "./bridge.ts";
import { best, type Question } from "./question.ts";

/** The whole conference on one bridge: the one it is on for as long as that may be chosen, else the least stressed. */
export function chooseSingle({ bridges, used, stressLimit }: Question): BridgeView | undefined {
  const order = [...used.keys()];
  const own = bridges.filter(({ id }) => used.has(id));
  if (own.length > 0) return best(own, ({ id }) => order.indexOf(id));
  return best(bridges, ({ stress }) => (stress < stressLimit ? 0 : 1));
}
