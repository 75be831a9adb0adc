/**
 * A site of somebody else's that embeds lib-jitsi-meet, with the server's own config.js: joins a room with camera and
 * microphone and shows who comes. `JitsiMeetJS` and `config` are loaded before.
 */
const events = [];
const note = (name, detail = "") => events.push({ name, detail: String(detail), atMs: Date.now() });
let connection;
let room;
let localTracks = [];

function connect(roomName) {
  const serviceUrl = new URL(config.websocket ?? config.bosh, location.href);
  serviceUrl.searchParams.set("room", roomName);
  connection = new JitsiMeetJS.JitsiConnection(null, null, { ...config, serviceUrl: serviceUrl.href });
  const { CONNECTION_ESTABLISHED, CONNECTION_FAILED, CONNECTION_DISCONNECTED } = JitsiMeetJS.events.connection;
  connection.addEventListener(CONNECTION_DISCONNECTED, (detail) => note("CONNECTION_DISCONNECTED", detail));
  return new Promise((resolve, reject) => {
    connection.addEventListener(CONNECTION_ESTABLISHED, resolve);
    connection.addEventListener(CONNECTION_FAILED, (...detail) => reject(new Error(`connection failed: ${detail}`)));
    connection.connect();
  });
}

function holderOf(track) {
  const holder = document.createElement("div");
  holder.dataset.endpoint = track.getParticipantId();
  holder.dataset.source = track.getSourceName();
  holder.id = `track-${track.getSourceName()}`;
  document.body.append(holder);
  return holder;
}

function show(track) {
  if (track.isLocal()) return;
  note("TRACK_ADDED", track.getSourceName());
  document.getElementById(`track-${track.getSourceName()}`)?.remove();
  const element = document.createElement(track.getType());
  element.autoplay = true;
  holderOf(track).append(element);
  track.attach(element);
}

function hide(track) {
  if (track.isLocal()) return;
  note("TRACK_REMOVED", track.getSourceName());
  const holder = document.getElementById(`track-${track.getSourceName()}`);
  if (holder?.firstChild?.srcObject === track.getOriginalStream()) holder.remove();
}

function listen() {
  const names = JitsiMeetJS.events.conference;
  room.on(names.TRACK_ADDED, show);
  room.on(names.TRACK_REMOVED, hide);
  room.on(names.TRACK_MUTE_CHANGED, (track) =>
    note("TRACK_MUTE_CHANGED", `${track.getSourceName?.()} ${track.isMuted()}`),
  );
  room.on(names.MESSAGE_RECEIVED, (_from, text) => note("MESSAGE_RECEIVED", text));
  room.on(names.USER_JOINED, (_id, user) => note("USER_JOINED", user.getDisplayName()));
  room.on(names.DISPLAY_NAME_CHANGED, (_id, name) => note("DISPLAY_NAME_CHANGED", name));
  room.on(names.USER_LEFT, (id) => note("USER_LEFT", id));
  room.on(names.DOMINANT_SPEAKER_CHANGED, (id) => note("DOMINANT_SPEAKER_CHANGED", id));
  for (const name of [
    "DATA_CHANNEL_OPENED",
    "CONFERENCE_FAILED",
    "CONFERENCE_LEFT",
    "KICKED",
    "CONNECTION_INTERRUPTED",
  ]) {
    room.on(names[name], (...detail) => note(name, detail));
  }
  return new Promise((resolve, reject) => {
    room.on(names.CONFERENCE_JOINED, resolve);
    room.on(names.CONFERENCE_FAILED, (...detail) => reject(new Error(`conference failed: ${detail}`)));
  });
}

globalThis.peer = {
  events,
  myId: () => room.myUserId(),
  async join(roomName, displayName) {
    JitsiMeetJS.setLogLevel(JitsiMeetJS.logLevels.WARN);
    JitsiMeetJS.init({ ...config, disableAudioLevels: true });
    localTracks = await JitsiMeetJS.createLocalTracks({ devices: ["audio", "video"] });
    await connect(roomName);
    note("CONNECTION_ESTABLISHED");
    room = connection.initJitsiConference(roomName, { ...config });
    const joined = listen();
    room.setDisplayName(displayName);
    for (const track of localTracks) await room.addTrack(track);
    room.setReceiverConstraints({ lastN: -1, defaultConstraints: { maxHeight: 360 }, constraints: {} });
    room.join();
    await joined;
    note("CONFERENCE_JOINED");
  },
  async setMuted(kind, isMuted) {
    const track = localTracks.find((each) => each.getType() === kind);
    await (isMuted ? track.mute() : track.unmute());
  },
  async shareScreen() {
    const [track] = await JitsiMeetJS.createLocalTracks({ devices: ["desktop"] });
    await room.addTrack(track);
  },
  say: (text) => room.sendTextMessage(text),
  iceState: () => room.getActivePeerConnection()?.getConnectionState(),
  async leave() {
    await room.leave();
    await connection.disconnect();
  },
};
