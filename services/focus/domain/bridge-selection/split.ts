import type { BridgeView } from "./bridge.ts";
import { best, type Question } from "./question.ts";

/** The bridge with the fewest endpoints of the conference: a room of three is on three bridges. For tests of relays. */
export function chooseSplit({ bridges, used }: Question): BridgeView | undefined {
  return best(bridges, ({ id }) => used.get(id) ?? 0);
}
