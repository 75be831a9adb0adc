import type { FrameKey } from "../../protocol/e2ee/frame.ts";

/** The key to send with from now on; without one, encryption is off. Older keys go on opening what was under way. */
export interface ToFrameWorker {
  readonly key: FrameKey | undefined;
}

/** Whether the frames of a source can be opened with the keys we have. */
export interface FromFrameWorker {
  readonly source: string;
  readonly isReadable: boolean;
}

export interface TransformTask {
  readonly direction: "send" | "receive";
  readonly media: "audio" | "video";
  /** Source name, `<endpoint>-v0`. */
  readonly source: string;
}
