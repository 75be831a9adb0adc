import { type Allocation, allocate } from "../domain/allocator.ts";
import { assumedBandwidth, floorOf, forPictures } from "../domain/bandwidth.ts";
import { say } from "../domain/channel-message.ts";
import { lastNOf, wantsAudio } from "../domain/constraints.ts";
import { soundBitrate } from "../domain/flow.ts";
import { leastLastN } from "../domain/last-n.ts";
import type { Endpoint } from "./endpoint.ts";
import { watch } from "./watching.ts";

/** What the operator and the bridge's load leave of what receivers wish. */
export type ForwardingRules = {
  /** -1: no limit. */
  readonly lastN: number;
  /** The most that a client may say of its own line; 0: it is not asked. */
  readonly assumedBandwidthLimitBps: number;
};

export type ForwardingSituation = {
  readonly rules: ForwardingRules;
  readonly speechOrder: readonly string[];
  /** What each receiver was last told that it gets. */
  readonly told: Map<string, string>;
  readonly now: number;
};

/** Decides anew what one receiver gets, and tells it if the list changed. */
export function reallocate(receiver: Endpoint, situation: ForwardingSituation): void {
  const soundBps = passSound(receiver);
  const forwarded = passPictures(receiver, soundBps, situation);
  tellForwarded(receiver, forwarded, situation.told);
  tellEstimate(receiver, situation.now);
  watch(receiver, situation.now);
}

/** Returns what it takes. */
function passSound(receiver: Endpoint): number {
  let soundBps = 0;
  for (const receiving of receiver.received.values()) {
    const { source, flow } = receiving.sending;
    if (source.kind !== "audio") continue;
    const isWanted = wantsAudio(receiver.audio, source.name);
    receiving.want(isWanted && wasConnected(receiver));
    if (isWanted) soundBps += soundBitrate(flow);
  }
  return soundBps;
}

/** Returns the names of what flows to it. */
function passPictures(
  receiver: Endpoint,
  soundBps: number,
  { rules, speechOrder, now }: ForwardingSituation,
): string[] {
  const { downlink, constraints } = receiver;
  const assumedBps = assumedBandwidth(constraints.assumedBandwidthBps, rules.assumedBandwidthLimitBps);
  const estimateBps = assumedBps ?? downlink.line.knownBps;
  const candidates = [];
  for (const { sending } of receiver.received.values()) {
    const { source, flow, videoType, isSending } = sending;
    if (source.kind === "audio") continue;
    const { name, owner } = source;
    candidates.push({ name, owner, flow, videoType, isSending, present: downlink.presentOf(name) });
  }
  const question = {
    candidates,
    constraints,
    speechOrder,
    lastN: leastLastN(lastNOf(constraints), rules.lastN),
    availableBps: estimateBps === undefined ? undefined : forPictures(estimateBps, soundBps),
    isCautious: downlink.isCautious(now),
  };
  const decide = () => allocate({ ...question, isTrying: assumedBps === undefined && downlink.line.isTrying });
  let allocation = decide();
  if (assumedBps === undefined && downlink.turnsToTrial(allocation, now)) allocation = decide();
  const toBeginAnew = downlink.decide(allocation, now);
  const isStalled = downlink.stall.observe(expectedBps(receiver, allocation), downlink.line.sentBps(now), now);
  setFloor(receiver, floorOf(allocation, soundBps, assumedBps));
  const forwarded: string[] = [];
  for (const { name, layer, ask, priority, wantedHeight } of allocation.sources) {
    const receiving = receiver.received.get(name);
    if (!receiving) continue;
    receiving.want(
      layer !== undefined && wasConnected(receiver),
      { ...ask, priority },
      isStalled || toBeginAnew.has(name),
    );
    receiving.sending.setWanted(receiver.id, wantedHeight, layer && ask.spatial);
    if (layer && receiving.isApplied && !receiving.isSuspended) forwarded.push(name);
  }
  return forwarded;
}

/** Before, nothing could reach it; while ICE is down for a moment, all stays as it is. */
function wasConnected({ reception }: Endpoint): boolean {
  return reception !== undefined;
}

/** What pictures are sure to take, if all is well: those that run, whose sender sends and that the media engine lets flow. */
function expectedBps({ received, state }: Endpoint, { sources }: Allocation): number {
  if (!state.isConnected) return 0;
  return sources.reduce((sum, { name, layer }) => {
    const receiving = received.get(name);
    const isExpected = receiving?.isApplied && !receiving.isSuspended && receiving.sending.isFlowing;
    return layer && isExpected ? sum + layer.bitrateBps : sum;
  }, 0);
}

/** A transport that is gone needs none, nor one by which nothing is estimated. */
function setFloor({ downlink, transport }: Endpoint, floorBps: number): void {
  if (transport.isPlain || downlink.floorBps === floorBps) return;
  downlink.floorBps = floorBps;
  transport.setEstimateFloor(floorBps).catch(() => {});
}

function tellForwarded(receiver: Endpoint, forwarded: readonly string[], told: Map<string, string>): void {
  if (!receiver.channel) return;
  const key = forwarded.toSorted().join();
  if (told.get(receiver.id) === key) return;
  told.set(receiver.id, key);
  receiver.channel.send(say.forwardedSources(forwarded));
}

function tellEstimate({ channel, downlink }: Endpoint, now: number): void {
  if (channel && downlink.estimateBps !== undefined && downlink.takeTurnToTell(now))
    channel.send(say.connectionStats(downlink.estimateBps));
}
