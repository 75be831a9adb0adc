import { limits } from "./limits.ts";

/** How a sender keeps to what anybody may send. Two looks in a row decide, so that one burst of key frames does not. */
export type SenderConduct = "good" | "suspicious" | "held-back" | "calming";

export function judgeSender(
  before: SenderConduct,
  load: { readonly bitsPerSecond: number; readonly packetsPerSecond: number },
): SenderConduct {
  const isTooMuch =
    load.bitsPerSecond > limits.senderBitsPerSecond || load.packetsPerSecond > limits.senderPacketsPerSecond;
  switch (before) {
    case "good":
      return isTooMuch ? "suspicious" : "good";
    case "suspicious":
      return isTooMuch ? "held-back" : "good";
    case "held-back":
      return isTooMuch ? "held-back" : "calming";
    case "calming":
      return isTooMuch ? "held-back" : "good";
  }
}
