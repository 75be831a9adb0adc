import { loadRnnoise, RnnoiseWorkletNode } from "@sapphi-red/web-noise-suppressor";
import plainUrl from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import simdUrl from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import workletUrl from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";

let model: Promise<ArrayBuffer> | undefined;

/** RNNoise in a thread of its own; the context has to run at 48 kHz. */
export async function makeSuppressor(context: AudioContext): Promise<RnnoiseWorkletNode> {
  model ??= loadRnnoise({ url: plainUrl, simdUrl });
  try {
    const [wasmBinary] = await Promise.all([model, context.audioWorklet.addModule(workletUrl)]);
    return new RnnoiseWorkletNode(context, { wasmBinary, maxChannels: 1 });
  } catch (error) {
    model = undefined;
    throw error;
  }
}
