/** Runs in the page before the application: media goes to the port of a line, not to the bridge's. Expects `vecheLine`. */
(() => {
  if (globalThis.RTCPeerConnection === undefined) return;
  const { bridgePort, linePort } = globalThis.vecheLine;
  const original = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const lines = (description.sdp ?? "").split("\r\n").flatMap((line) => {
      if (!line.startsWith("a=candidate:")) return [line];
      const words = line.split(" ");
      // Over TCP it would pass beside the line.
      if (words[2]?.toLowerCase() !== "udp") return [];
      if (words[5] === String(bridgePort)) words[5] = String(linePort);
      return [words.join(" ")];
    });
    return original.call(this, { type: description.type, sdp: lines.join("\r\n") });
  };
})();
