import { createRequire } from "node:module";
import type { types } from "mediasoup";

/**
 * mediasoup draws the SSRCs of a consumer when it makes it. Clients are told ours long before there is one, so the one
 * function that draws them, of the module it exports as `mediasoup/ortc`, is given them along with the capabilities and
 * puts them in. A test with a real worker holds this, and whoever consumes checks it.
 */
type Ssrcs = { readonly ssrc: number; readonly rtxSsrc?: number };
type Asked = { readonly remoteRtpCapabilities: types.RtpCapabilities & { readonly ssrcs?: Ssrcs } };
type Ortc = { getConsumerRtpParameters: (asked: Asked) => types.RtpParameters };

const ortc = createRequire(import.meta.url)("mediasoup/ortc") as Ortc;
const getConsumerRtpParameters = ortc.getConsumerRtpParameters;

ortc.getConsumerRtpParameters = (asked) => {
  const parameters = getConsumerRtpParameters(asked);
  const { ssrcs } = asked.remoteRtpCapabilities;
  const [encoding] = parameters.encodings ?? [];
  if (!ssrcs || !encoding) return parameters;
  encoding.ssrc = ssrcs.ssrc;
  if (encoding.rtx && ssrcs.rtxSsrc !== undefined) encoding.rtx.ssrc = ssrcs.rtxSsrc;
  return parameters;
};

export function withSsrcs(capabilities: types.RtpCapabilities, { ssrc, rtxSsrc }: Ssrcs): types.RtpCapabilities {
  return Object.assign({ ...capabilities }, { ssrcs: rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc } });
}
