import { PassThrough } from "node:stream";
import type { Hub } from "../hub.ts";

/** Feeds the hub with a stream again and again, a second of it each quarter of a second, until it is disposed of. */
export function endlessly(stream: Buffer, hub: Hub): Disposable {
  const media = new PassThrough();
  void hub.feed(media);
  const size = Math.ceil(stream.length / 60);
  let at = 0;
  const timer = setInterval(() => {
    media.write(stream.subarray(at, at + size));
    at = at + size >= stream.length ? 0 : at + size;
  }, 25);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      media.end();
    },
  };
}
