import { isSending } from "../../protocol/conference/source-info.ts";
import type { CallState } from "../call/state.ts";
import type { LocalMedia } from "../media/local-media.ts";

/** A line of the participants pane. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly isModerator: boolean;
  /** 0 while it is down. */
  readonly handRaisedAt: number;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  readonly hasScreen: boolean;
  /** At a telephone. */
  readonly isPhone: boolean;
  /** How their call stands, in the gateway's words. */
  readonly callStatus: string;
}

/** Who is as `id`, for whoever follows just that one; undefined when they have left. */
export function personOf(state: CallState, media: LocalMedia, id: string): Person | undefined {
  if (id === state.selfId.value)
    return {
      id,
      name: state.name.value,
      isSelf: true,
      isModerator: state.isModerator.value,
      handRaisedAt: state.handRaisedAt.value,
      hasAudio: media.microphone.value !== undefined && !media.audioMuted.value,
      hasVideo: media.camera.value !== undefined,
      hasScreen: media.screen.value !== undefined,
      isPhone: false,
      callStatus: "",
    };
  const occupant = state.occupants.value.get(id);
  if (!occupant) return undefined;
  const { name, isModerator, handRaisedAt, sources, isPhone, callStatus } = occupant;
  return {
    id,
    name,
    isSelf: false,
    isModerator,
    handRaisedAt,
    hasAudio: isSending(sources, "audio"),
    hasVideo: isSending(sources, "video"),
    hasScreen: isSending(sources, "desktop"),
    isPhone,
    callStatus,
  };
}

type Listed = Pick<Person, "id" | "name" | "isSelf" | "isModerator" | "handRaisedAt">;

/** Hands first, in the order in which they went up; then ourselves, then moderators, then by name. */
export function inOrder(people: Iterable<Listed>, compare: (a: string, b: string) => number): readonly string[] {
  const rank = ({ isSelf, isModerator, handRaisedAt }: Listed) => (handRaisedAt ? 0 : isSelf ? 1 : isModerator ? 2 : 3);
  return [...people]
    .sort(
      (a, b) =>
        rank(a) - rank(b) || a.handRaisedAt - b.handRaisedAt || compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
    )
    .map(({ id }) => id);
}

/** Whether a name is meant by what somebody typed: it has each of the words, in any order. */
export function isMeant(name: string, typed: string): boolean {
  const whole = plain(name);
  return plain(typed)
    .split(/\s+/)
    .every((part) => whole.includes(part));
}

function plain(text: string): string {
  return text.toLocaleLowerCase().replaceAll("ё", "е");
}
