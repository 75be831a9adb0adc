import { allocate } from "../domain/allocator.ts";
import { say } from "../domain/channel-message.ts";
import { wantsAudio } from "../domain/constraints.ts";
import { spatialLayers } from "../domain/video-codec.ts";
import type { Endpoint } from "./endpoint.ts";

/** Decides anew what one receiver gets, and tells it if the list changed. */
export function reallocate(receiver: Endpoint, speechOrder: readonly string[], told: Map<string, string>): void {
  const videos = [...receiver.received.values()].filter(({ sending }) => sending.source.kind === "video");
  const candidates = videos.map((receiving) => ({
    name: receiving.sending.source.name,
    owner: receiving.sending.source.owner,
    layers: spatialLayers(receiving.sending.source.encodings),
    videoType: receiving.sending.videoType,
    isSending: receiving.sending.isSending,
  }));
  const forwarded: string[] = [];
  for (const allocation of allocate(candidates, receiver.constraints, speechOrder)) {
    const receiving = receiver.received.get(allocation.name);
    if (!receiving) continue;
    receiving.want(allocation.isForwarded, {
      spatial: allocation.spatialLayer,
      temporal: allocation.temporalLayer,
      priority: allocation.priority,
    });
    const layer = allocation.isForwarded ? allocation.spatialLayer : undefined;
    receiving.sending.setWanted(receiver.id, allocation.wantedHeight, layer);
    if (allocation.isForwarded && receiving.isApplied && !receiving.isSuspended) forwarded.push(allocation.name);
  }
  for (const receiving of receiver.received.values()) {
    const { source } = receiving.sending;
    if (source.kind === "audio") receiving.want(wantsAudio(receiver.audio, source.name));
  }
  tellForwarded(receiver, forwarded, told);
}

function tellForwarded(receiver: Endpoint, forwarded: readonly string[], told: Map<string, string>): void {
  if (!receiver.channel) return;
  const key = forwarded.toSorted().join();
  if (told.get(receiver.id) === key) return;
  told.set(receiver.id, key);
  receiver.channel.send(say.forwardedSources(forwarded));
}
