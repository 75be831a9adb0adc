/** Runs in the page: peer connections that only have to come up. */
(() => {
  const connections = new Map();

  globalThis.vecheIce = {
    async answer(name, offer) {
      const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      connections.set(name, connection);
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      await connection.setLocalDescription();
      return connection.localDescription.sdp;
    },
    ice: (name) => connections.get(name).iceConnectionState,
    whole: (name) => connections.get(name).connectionState,
    async transport(name) {
      const stats = [...(await connections.get(name).getStats()).values()];
      const { srtpCipher = "", iceRole = "" } = stats.find(({ type }) => type === "transport") ?? {};
      return { srtpCipher, iceRole };
    },
  };
})();
