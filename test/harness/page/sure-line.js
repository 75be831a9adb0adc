/**
 * Runs in the page before the application: what it asks the bridge for says too what its line carries. Where the machine of a
 * test stands still for a moment, all lines look narrow to a bridge, and pictures would stay away for as long as it doubts.
 * Bridges believe it up to VECHE_ASSUMED_BANDWIDTH_LIMIT.
 */
(() => {
  const assumedBandwidthBps = 5_000_000;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== "string" || !data.includes('"ReceiverVideoConstraints"')) return send.call(this, data);
    return send.call(this, JSON.stringify({ ...JSON.parse(data), assumedBandwidthBps }));
  };
})();
