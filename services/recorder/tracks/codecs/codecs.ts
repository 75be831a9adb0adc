import { av1 } from "./av1.ts";
import type { Codec } from "./frames.ts";
import { h264 } from "./h264.ts";
import { opus } from "./opus.ts";
import { vp8 } from "./vp8.ts";
import { vp9 } from "./vp9.ts";

const all = [opus, vp8, vp9, h264, av1];

/** By its name in SDP. */
export function findCodec(name: string): Codec | undefined {
  return all.find((codec) => codec.name.toLowerCase() === name.toLowerCase());
}
