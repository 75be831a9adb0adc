/** Speaker statistics of Jitsi's clients (lib-jitsi-meet of 2026-08): who is heard, what faces show. */
import { type Face, type Speaker, spokenMs } from "../domain/speaker-stats.ts";
import { writeJsonMessage } from "./jitsi-json-message.ts";
import { ns } from "./namespaces.ts";
import { type Read, reading, requiredInteger, requiredText, unreadable } from "./reading.ts";
import type { Outgoing } from "./rfc6120-stanza.ts";
import { childOf, type Element } from "./xml/element.ts";

export type SpeakerReport =
  | { readonly type: "speaks"; readonly room: string; readonly isSilent: boolean }
  | { readonly type: "shows"; readonly room: string; readonly face: Face };

const expressions: readonly string[] = ["angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"];
const roomLength = 3_071;
const longestFaceS = 24 * 3_600;

export function readSpeakerReport(message: Element): Read<SpeakerReport> {
  return reading(() => {
    const speaks = childOf(message, "speakerstats", ns.jitmeet);
    if (speaks) {
      return {
        type: "speaks",
        room: requiredText(speaks, "room", roomLength),
        isSilent: speaks.attrs.silence === "true",
      };
    }
    const shows = childOf(message, "faceLandmarks", ns.jitmeet);
    if (!shows) return unreadable("expected <speakerstats> or <faceLandmarks>");
    const expression = requiredText(shows, "faceExpression", 32);
    if (!expressions.includes(expression)) unreadable(`no face shows "${expression}"`);
    const durationS = Number(shows.attrs.duration);
    if (!(durationS >= 0 && durationS <= longestFaceS)) unreadable("duration is a number of seconds");
    const timestampMs = requiredInteger(shows, "timestamp", 0, Number.MAX_SAFE_INTEGER);
    return {
      type: "shows",
      room: requiredText(shows, "room", roomLength),
      face: { expression, durationS, timestampMs },
    };
  });
}

/** What newcomers are told; in several messages where it is much. */
export function writeSpeakerStats(
  host: string,
  speakers: Iterable<Speaker>,
  now: number,
  charactersAtMost: number,
): readonly Outgoing[] {
  const messages: Outgoing[] = [];
  let users: [string, object][] = [];
  let characters = 0;
  const flush = () => {
    if (users.length > 0)
      messages.push(writeJsonMessage(host, { type: "speakerstats", users: Object.fromEntries(users) }));
    users = [];
    characters = 0;
  };
  for (const speaker of speakers) {
    const written = {
      displayName: speaker.name === "" ? undefined : speaker.name,
      totalDominantSpeakerTime: spokenMs(speaker, now),
      faceLandmarks: speaker.faces.map(({ expression, durationS, timestampMs }) => ({
        duration: durationS,
        faceExpression: expression,
        timestamp: timestampMs,
      })),
    };
    const length = JSON.stringify(written).length;
    if (characters + length > charactersAtMost) flush();
    users.push([speaker.nick, written]);
    characters += length;
  }
  flush();
  return messages;
}
