/** The gateway's sound as a process of its own, whose cost is counted. Its parent says what legs there are. */
import { silentLog } from "@veche/kit/log.ts";
import { openSound } from "@veche/sip-gateway/sound/open.ts";
import type { BridgeMedia, Leg, LegMedia, Voice } from "@veche/sip-gateway/sound/sound.ts";

export type Wanted = {
  readonly conference: string;
  readonly media: LegMedia;
  readonly bridge: WantedBridge | undefined;
};
export type WantedBridge = {
  readonly media: Omit<BridgeMedia, "remoteKey" | "localKey">;
  /** Of both directions, base64. */
  readonly key: string;
  readonly voices: readonly Voice[];
};
export type Place = { readonly ip: string; readonly port: number };
/** Where a telephone and its bridge are to send to. */
export type Places = { readonly phone: Place; readonly bridge: Place | undefined };
export type Said =
  | { readonly type: "legs"; readonly legs: readonly Places[] }
  | { readonly type: "load"; readonly load: number };

const sound = await openSound({ address: "127.0.0.1", bridgeAddress: "127.0.0.1" }, silentLog);
const say = (said: Said): void => void process.send?.(said);
const nothing = () => {};

async function open({ conference, media, bridge }: Wanted, index: number): Promise<Places> {
  const leg = await sound.openLeg({ key: nothing, silent: nothing, bridgeSilent: nothing, failed: nothing });
  leg.setMedia(media);
  const own = bridge && (await openBridge(leg, bridge));
  leg.join(conference, `call-${index}`);
  return { phone: leg.local, bridge: own };
}

async function openBridge(leg: Leg, { media, key, voices }: WantedBridge): Promise<Place> {
  const own = await leg.openBridge("127.0.0.1");
  const master = Buffer.from(key, "base64");
  leg.setBridge({ ...media, remoteKey: master, localKey: master });
  leg.setVoices(voices);
  return own;
}

process.on("message", async (wanted: readonly Wanted[]) => {
  say({ type: "legs", legs: await Promise.all(wanted.map(open)) });
  setInterval(() => say({ type: "load", load: sound.load }), 1_000);
});
process.on("disconnect", () => process.exit(0));
