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

function person({ id, name, handRaisedAt, isModerator }: Occupant) {
  return { endpoint: id, name, isSelf: false, handRaisedAt, isModerator } as const;
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
  };
}

function find(sources: ReadonlyMap<string, SourceState>, wanted: (name: string, state: SourceState) => boolean) {
  return [...sources].find(([name, state]) => wanted(name, state));
}

export interface StageRule {
  /** What the user asked for; undefined lets a shared screen decide. */
  readonly tileView: boolean | undefined;
  readonly pinned: string | undefined;
  readonly dominant: string | undefined;
}

/** The tile to show large, or undefined when all are shown alike. */
export function onStage(tiles: readonly TileModel[], { tileView, pinned, dominant }: StageRule): TileModel | undefined {
  if (tileView === true) return undefined;
  const asked = tiles.find(({ key }) => key === pinned);
  if (asked) return asked;
  // One's own screen shown large would mirror itself without end.
  const screen = tiles.findLast(({ kind, isSelf }) => kind === "desktop" && !isSelf);
  if (screen) return screen;
  if (tileView === undefined) return undefined;
  const others = tiles.filter(({ kind, isSelf }) => kind === "camera" && !isSelf);
  return others.find(({ endpoint }) => endpoint === dominant) ?? others[0];
}

/** The heights that bridges and senders think in. */
export function heightClass(pixels: number): number {
  if (pixels <= 200) return 180;
  if (pixels <= 420) return 360;
  return 720;
}
