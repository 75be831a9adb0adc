import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { mediaOf } from "./blocks.ts";
import type { Member, SenderMedia } from "./conference.ts";
import type { Failure } from "./inputs.ts";
import type { Source } from "./media.ts";
import { sourceKind } from "./sources.ts";
import type { Turn } from "./turn.ts";

/** Who mutes somebody, where no person does. */
const focusNick = "focus";

/**
 * Sender limits (focus.md 3.7): how many people may send sound, and how many pictures, at a time. When as many do, the
 * focus's presence says so, further unmutes and sources are refused, and newcomers start muted. Who unmutes all the same,
 * as clients do by their presence alone, is asked to mute.
 */
const senderMedia = ["audio", "video"] as const;

export function isLimitReached(turn: Turn, media: SenderMedia): boolean {
  return turn.state.senders[media].length >= turn.rules.senderLimits[media];
}

/** Whether `endpoint` may begin to send. Who sends already goes on. */
export function checkSender(turn: Turn, endpoint: string, media: SenderMedia): Failure | undefined {
  const limit = turn.rules.senderLimits[media];
  if (turn.members.size <= limit) return undefined;
  const others = sendersNow(turn, media).filter((one) => one !== endpoint);
  if (others.length < limit) return undefined;
  const what = media === "audio" ? "microphone" : "camera";
  return { code: "resource-exhausted", message: `${others.length} people have their ${what} on, at most ${limit} may` };
}

export function checkSources(turn: Turn, endpoint: string, sources: readonly Source[]): Failure | undefined {
  for (const media of senderMedia) {
    const refusal = sources.some(({ kind }) => isOf(kind, media)) ? checkSender(turn, endpoint, media) : undefined;
    if (refusal) return refusal;
  }
  return undefined;
}

/** Follows who sends; whoever came too late is asked to mute once. */
export function settleSenders(turn: Turn): void {
  for (const media of senderMedia) {
    const limit = turn.rules.senderLimits[media];
    const known = turn.state.senders[media];
    // While there are fewer people than may send there is nothing to count.
    if (turn.members.size < limit && known.length === 0) continue;
    const now = sendersNow(turn, media);
    if (now.length === known.length && now.every((endpoint, index) => endpoint === known[index])) continue;
    for (const endpoint of now.slice(limit)) if (!known.includes(endpoint)) askToMute(turn, endpoint, media);
    turn.change({ senders: { ...turn.state.senders, [media]: now } });
  }
  showLimits(turn);
}

function askToMute(turn: Turn, endpoint: string, media: SenderMedia): void {
  const member = turn.member(endpoint);
  if (!member) return;
  const sent = [...member.sentSources.values()].filter((source) => isSent(member, source, media));
  for (const held of new Set(sent.map((source) => mediaOf(sourceKind(member, source))))) {
    turn.do({ type: "ask-to-mute", endpoint, media: held, actor: focusNick });
  }
}

function showLimits(turn: Turn): void {
  const { presence } = turn.state;
  const audioLimitReached = isLimitReached(turn, "audio");
  const videoLimitReached = isLimitReached(turn, "video");
  if (presence.audioLimitReached === audioLimitReached && presence.videoLimitReached === videoLimitReached) return;
  const next = { ...presence, audioLimitReached, videoLimitReached };
  turn.change({ presence: next });
  turn.do({ type: "show-presence", presence: next });
}

function sendersNow(turn: Turn, media: SenderMedia): readonly string[] {
  const known = turn.state.senders[media];
  const still = known.filter((endpoint) => isSending(turn.member(endpoint), media));
  const seen = new Set(still);
  const fresh = [...turn.members.values()].filter((member) => !seen.has(member.endpoint) && isSending(member, media));
  return [...still, ...fresh.map(({ endpoint }) => endpoint)];
}

/** A source that presence says nothing of yet counts: it has just been added. */
function isSending(member: Member | undefined, media: SenderMedia): boolean {
  if (!member || member.hidden) return false;
  for (const source of member.sentSources.values()) if (isSent(member, source, media)) return true;
  return false;
}

function isSent(member: Member, source: Source, media: SenderMedia): boolean {
  if (!isOf(source.kind, media) || member.blocks.has(mediaOf(sourceKind(member, source)))) return false;
  return !(member.sources.find(({ name }) => name === source.name)?.muted ?? false);
}

function isOf(kind: MediaKind, media: SenderMedia): boolean {
  return kind === (media === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO);
}
