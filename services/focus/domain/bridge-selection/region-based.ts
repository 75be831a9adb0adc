import type { BridgeView } from "./bridge.ts";
import { best, type Question } from "./question.ts";

/**
 * Of the bridges with room, one near the participant before others, and one that the conference is on already before a
 * further one. Where none has room a conference stays together rather than reach for one that is just as full.
 */
export function chooseByRegion({ region, bridges, used, stressLimit, maxEndpoints }: Question): BridgeView | undefined {
  const isFar = (bridge: BridgeView) => (region !== "" && bridge.region === region ? 0 : 1);
  const isNew = ({ id }: BridgeView) => (used.has(id) ? 0 : 1);
  const roomy = bridges.filter(({ id, stress }) => stress < stressLimit && (used.get(id) ?? 0) < maxEndpoints);
  return roomy.length > 0 ? best(roomy, isFar, isNew) : best(bridges, isNew, isFar);
}
