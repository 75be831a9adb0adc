/**
 * Runs in the page before Jitsi's own web app: the bridge's offers say that it is an ICE-lite agent, which Jingle has no
 * place for. So any browser connects, with the media worker as released too (services/decisions/0003-mediasoup-worker.md).
 *
 * COMPAT: lib-jitsi-meet marks the bridge's sources "mixedmslabel"; what two clients offer each other has none. Phone apps
 * run config.js where there is nothing to wrap.
 */
export const iceLiteScript = `(function (Connection) {
  if (Connection === undefined) return;
  var apply = Connection.prototype.setRemoteDescription;
  Connection.prototype.setRemoteDescription = function (description) {
    var rest = Array.prototype.slice.call(arguments, 1);
    var sdp = description && description.type === "offer" ? String(description.sdp) : "";
    var isBridge = sdp.indexOf("mixedmslabel") >= 0 && !/^a=ice-lite/m.test(sdp);
    var told = isBridge ? { type: "offer", sdp: sdp.replace(/^m=/m, "a=ice-lite\\r\\nm=") } : description;
    return apply.apply(this, [told].concat(rest));
  };
})(typeof RTCPeerConnection === "undefined" ? undefined : RTCPeerConnection);
`;
