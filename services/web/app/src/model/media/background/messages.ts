/** What is drawn behind the person: the room out of focus, or a picture. */
export type Behind =
  | { readonly type: "blur"; readonly strength: "slight" | "strong" }
  | { readonly type: "picture"; readonly picture: ImageBitmap };

export type ToWorker =
  | { readonly type: "behind"; readonly behind: Behind }
  /** Frames come and go by themselves. */
  | {
      readonly type: "stream";
      readonly run: number;
      readonly readable: ReadableStream<VideoFrame>;
      readonly writable: WritableStream<VideoFrame>;
    }
  /** One frame, for browsers that give no stream of them. */
  | { readonly type: "frame"; readonly run: number; readonly frame: ImageBitmap }
  | { readonly type: "stop"; readonly run: number };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "drawn"; readonly run: number; readonly frame: ImageBitmap }
  | { readonly type: "slow" };
