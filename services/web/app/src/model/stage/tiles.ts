import type { Occupant } from "../../protocol/conference/occupant.ts";
import { isAudioSource, type SourceState } from "../../protocol/conference/source-info.ts";

/** One rectangle of the page: a person (with or without camera) or a shared screen. */
export interface TileModel {
  readonly key: string;
  readonly kind: "camera" | "desktop";
  readonly endpoint: string;
  readonly source: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly audioMuted: boolean;
  /** Whether the owner sends a picture; whether it has arrived is another matter. */
  readonly hasVideo: boolean;
  readonly handRaisedAt: number;
  readonly isModerator: boolean;
  /** At a telephone: never seen, and heard as soon as the call is answered. */
  readonly isPhone: boolean;
  /** In the gateway's words. */
  readonly callStatus: string;
}

export interface SelfView {
  readonly id: string;
  readonly name: string;
  readonly audioMuted: boolean;
  readonly hasCamera: boolean;
  readonly hasScreen: boolean;
  readonly handRaisedAt: number;
  readonly isModerator: boolean;
}

/** Screens first, then people in the order in which they are known; oneself last, where the eye finds it again. */
export function tilesOf(occupants: Iterable<Occupant>, self: SelfView): readonly TileModel[] {
  const people = [...occupants];
  return [
    ...people.flatMap(screensOf),
    ...(self.hasScreen ? [ownTile(self, "desktop")] : []),
    ...people.map(personTile),
    ownTile(self, "camera"),
  ];
}

function personTile(occupant: Occupant): TileModel {
  const { id, sources } = occupant;
  const [cameraName, camera] = find(
    sources,
    (name, { videoType }) => !isAudioSource(name) && videoType === "camera",
  ) ?? [`${id}-v0`];
  const audio = find(sources, isAudioSource)?.[1];
  return {
    ...person(occupant),
    key: id,
    kind: "camera",
    source: cameraName,
    audioMuted: audio?.muted ?? true,
    hasVideo: camera !== undefined && !camera.muted,
  };
}

function screensOf(occupant: Occupant): TileModel[] {
  return [...occupant.sources]
    .filter(([name, { muted, videoType }]) => !isAudioSource(name) && videoType === "desktop" && !muted)
    .map(([name]) => ({
      ...person(occupant),
      key: name,
      kind: "desktop",
      source: name,
      audioMuted: false,
      hasVideo: true,
    }));
}

function person({ id, name, handRaisedAt, isModerator, isPhone, callStatus }: Occupant) {
  return { endpoint: id, name, isSelf: false, handRaisedAt, isModerator, isPhone, callStatus } as const;
}

function ownTile(self: SelfView, kind: "camera" | "desktop"): TileModel {
  const { id, name, audioMuted, handRaisedAt, isModerator } = self;
  const isScreen = kind === "desktop";
  const source = `${id}-${isScreen ? "v1" : "v0"}`;
  return {
    key: isScreen ? "own-screen" : "self",
    kind,
    endpoint: id,
    source,
    name,
    isSelf: true,
    audioMuted,
    hasVideo: isScreen || self.hasCamera,
    handRaisedAt,
    isModerator,
    isPhone: false,
    callStatus: "",
  };
}

function find(sources: ReadonlyMap<string, SourceState>, wanted: (name: string, state: SourceState) => boolean) {
  return [...sources].find(([name, state]) => wanted(name, state));
}

export interface StageRule {
  /** What the user asked for; undefined lets a shared screen decide. */
  readonly tileView: boolean | undefined;
  readonly pins: readonly string[];
  /** The screen chosen of several. */
  readonly screen: string | undefined;
  /** Who is to be large for having spoken, ourselves left out. */
  readonly speakers: readonly string[];
}

/** The tiles to show large, or none when all are shown alike. */
export function stageOf(
  tiles: readonly TileModel[],
  { tileView, pins, screen, speakers }: StageRule,
): readonly TileModel[] {
  if (tileView === true) return [];
  const asked = pins.flatMap((pin) => tiles.find(({ key }) => key === pin) ?? []);
  if (asked.length > 0) return asked;
  // One's own screen shown large would mirror itself without end.
  const screens = tiles.filter(({ kind, isSelf }) => kind === "desktop" && !isSelf);
  const shown = screens.find(({ key }) => key === screen) ?? screens.at(-1);
  if (shown) return [shown];
  if (tileView === undefined) return [];
  const others = tiles.filter(({ kind, isSelf }) => kind === "camera" && !isSelf);
  const large = speakers.flatMap((speaker) => others.find(({ endpoint }) => endpoint === speaker) ?? []);
  return large.length > 0 ? large : others.slice(0, 1);
}

/** The heights that bridges and senders think in. */
export function heightClass(pixels: number): number {
  if (pixels <= 200) return 180;
  if (pixels <= 420) return 360;
  return pixels <= 800 ? 720 : 2160;
}
