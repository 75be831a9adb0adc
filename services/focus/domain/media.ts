import type * as M from "@veche/proto/gen/veche/media/v1/media_pb.ts";

/** A generated message as plain data: what the domain reads, compares and hands on. */
type Plain<T> = T extends string | number | bigint | boolean | Uint8Array
  ? T
  : T extends (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { [K in keyof T as K extends "$typeName" | "$unknown" ? never : K]: Plain<T[K]> }
      : T;

export type Source = Plain<M.Source>;
export type MediaDescription = Plain<M.MediaDescription>;
export type Transport = Plain<M.Transport>;

/** SSRCs to tell to one receiver. */
export type Announcement = { readonly receiver: string; readonly sources: readonly Source[] };

/** Owner of the bridge's own feedback sources. */
export const bridgeOwner = "jvb";
