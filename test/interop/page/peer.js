/**
 * A site of somebody else's that embeds lib-jitsi-meet, with the server's own config.js: joins a room, with camera and
 * microphone or without, and shows who comes. `JitsiMeetJS` and `config` are loaded before.
 */
// The document is the text of config.js, which would push pictures out of sight.
document.body.replaceChildren();
const events = [];
const note = (name, ...details) => events.push({ name, detail: details.map(plain).join(" "), atMs: Date.now() });
let connection;
let room;
let localTracks = [];
/** Ends the attempt to enter that is being made. */
let giveUp;

/** The library hands over its own tracks and participants; here their names stand for them. */
function nameIn(_key, value) {
  return value?.getSourceName?.() ?? value?.getDisplayName?.() ?? value;
}

function plain(value) {
  const named = nameIn("", value);
  return named !== null && typeof named === "object" ? JSON.stringify(named, nameIn) : String(named);
}

function connect(roomName, { id, password, token, isBosh } = {}) {
  const serviceUrl = new URL((isBosh ? undefined : config.websocket) ?? config.bosh, location.href);
  serviceUrl.searchParams.set("room", roomName);
  connection = new JitsiMeetJS.JitsiConnection(null, token, { ...config, serviceUrl: serviceUrl.href });
  const { CONNECTION_ESTABLISHED, CONNECTION_FAILED, CONNECTION_DISCONNECTED } = JitsiMeetJS.events.connection;
  connection.addEventListener(CONNECTION_DISCONNECTED, (detail) => note("CONNECTION_DISCONNECTED", detail));
  return new Promise((resolve, reject) => {
    connection.addEventListener(CONNECTION_ESTABLISHED, resolve);
    connection.addEventListener(CONNECTION_FAILED, (reason, text) => {
      note("CONNECTION_FAILED", reason, text);
      reject(new Error(`connection failed: ${reason} ${text}`));
      giveUp?.(new Error(`connection failed: ${reason} ${text}`));
    });
    connection.connect({ id, password });
  });
}

function holderOf(track) {
  const holder = document.createElement("div");
  holder.dataset.endpoint = track.getParticipantId();
  holder.dataset.source = track.getSourceName();
  holder.id = `track-${track.getSourceName()}`;
  holder.style.display = "inline-block";
  document.body.append(holder);
  return holder;
}

function show(track) {
  if (track.isLocal()) return;
  note("TRACK_ADDED", track.getSourceName());
  document.getElementById(`track-${track.getSourceName()}`)?.remove();
  const element = document.createElement(track.getType());
  element.autoplay = true;
  element.style.width = "200px";
  holderOf(track).append(element);
  track.attach(element);
}

function hide(track) {
  if (track.isLocal()) return;
  note("TRACK_REMOVED", track.getSourceName());
  const holder = document.getElementById(`track-${track.getSourceName()}`);
  if (holder?.firstChild?.srcObject === track.getOriginalStream()) holder.remove();
}

/** What is noted as it comes, arguments and all. */
const told = [
  "AUTH_STATUS_CHANGED",
  "AV_MODERATION_APPROVED",
  "AV_MODERATION_CHANGED",
  "AV_MODERATION_PARTICIPANT_APPROVED",
  "AV_MODERATION_REJECTED",
  "BREAKOUT_ROOMS_MOVE_TO_ROOM",
  "BREAKOUT_ROOMS_UPDATED",
  "CONFERENCE_FAILED",
  "CONFERENCE_JOINED",
  "CONFERENCE_LEFT",
  "CONNECTION_INTERRUPTED",
  "CONNECTION_RESTORED",
  "DATA_CHANNEL_OPENED",
  "KICKED",
  "LOBBY_USER_JOINED",
  "LOBBY_USER_LEFT",
  "LOCK_STATE_CHANGED",
  "MEMBERS_ONLY_CHANGED",
  "MESSAGE_RETRACTED",
  "METADATA_UPDATED",
  "PARTICIPANT_KICKED",
  "PERMISSIONS_RECEIVED",
  "POLL_ANSWER_RECEIVED",
  "POLL_RECEIVED",
  "START_MUTED_POLICY_CHANGED",
  "SUBJECT_CHANGED",
  "TRACK_UNMUTE_REJECTED",
  "USER_LEFT",
  "USER_ROLE_CHANGED",
];

function listen() {
  const names = JitsiMeetJS.events.conference;
  room.on(names.TRACK_ADDED, show);
  room.on(names.TRACK_REMOVED, hide);
  room.on(names.TRACK_MUTE_CHANGED, (track) =>
    note("TRACK_MUTE_CHANGED", `${track.getSourceName?.()} ${track.isMuted()}`),
  );
  room.on(names.MESSAGE_RECEIVED, (_from, text) => note("MESSAGE_RECEIVED", text));
  room.on(names.PRIVATE_MESSAGE_RECEIVED, (from, text) => note("PRIVATE_MESSAGE_RECEIVED", from, text));
  room.on(names.REACTION_RECEIVED, (from, reactions, id) => note("REACTION_RECEIVED", from, reactions, id));
  room.on(names.PARTICIPANT_PROPERTY_CHANGED, (user, key, _old, value) =>
    note("PARTICIPANT_PROPERTY_CHANGED", user.getId(), key, value),
  );
  room.on(names.USER_JOINED, (_id, user) => note("USER_JOINED", user.getDisplayName()));
  room.on(names.DISPLAY_NAME_CHANGED, (_id, name) => note("DISPLAY_NAME_CHANGED", name));
  room.on(names.DOMINANT_SPEAKER_CHANGED, (id) => note("DOMINANT_SPEAKER_CHANGED", id));
  room.on(names.RECORDER_STATE_CHANGED, (session) => {
    const by = session.getInitiator();
    note("RECORDER_STATE_CHANGED", session.getMode(), session.getStatus(), by?.getId?.() ?? by, session.getID());
  });
  room.on(names.P2P_STATUS, (_conference, isOn) => note("P2P_STATUS", isOn));
  for (const name of told) room.on(names[name], (...details) => note(name, ...details));
}

function entered() {
  const names = JitsiMeetJS.events.conference;
  return new Promise((resolve, reject) => {
    giveUp = reject;
    room.on(names.CONFERENCE_JOINED, resolve);
    room.on(names.CONFERENCE_FAILED, (...details) => reject(new Error(`conference failed: ${details.map(plain)}`)));
  });
}

globalThis.peer = {
  events,
  myId: () => room.myUserId(),
  jid: () => connection.getJid(),
  /** `getPolls.createPoll` is the method `createPoll` of what the conference's `getPolls()` gives. */
  async call(path, args) {
    const parts = path.split(".");
    const method = parts.pop();
    const owner = parts.reduce((at, part) => (typeof at[part] === "function" ? at[part]() : at[part]), room);
    try {
      return await owner[method](...args);
    } catch (error) {
      // The library rejects with plain objects too.
      throw error instanceof Error ? error : new Error(plain(error));
    }
  },
  async join(roomName, displayName, options = {}) {
    JitsiMeetJS.setLogLevel(JitsiMeetJS.logLevels.WARN);
    JitsiMeetJS.init({ ...config, disableAudioLevels: true });
    if (!options.isWithoutMedia) localTracks = await JitsiMeetJS.createLocalTracks({ devices: ["audio", "video"] });
    await connect(roomName, options);
    note("CONNECTION_ESTABLISHED");
    const { jingle } = connection.xmpp.connection;
    const makeDirectSession = jingle.newP2PJingleSession.bind(jingle);
    jingle.newP2PJingleSession = (...args) => {
      note("P2P_OFFERED");
      return makeDirectSession(...args);
    };
    room = connection.initJitsiConference(roomName, { ...config });
    listen();
    if (displayName) room.setDisplayName(displayName);
    for (const track of localTracks) await room.addTrack(track);
    room.setReceiverConstraints({ lastN: -1, defaultConstraints: { maxHeight: 360 }, constraints: {} });
    await this.enter(options.roomPassword);
  },
  /** Once more, after a refusal. */
  async enter(password) {
    const joined = entered();
    room.join(password);
    await joined;
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
  remoteDescription: () => room.getActivePeerConnection()?.peerconnection.remoteDescription.sdp ?? "",
  /** A call without the bridge that is on, or being tried. */
  hasDirectSession: () => Boolean(room.p2pJingleSession),
  iceState: () => room.getActivePeerConnection()?.getConnectionState(),
  /** As if the network had gone: the library notices, and comes back by itself. */
  cutWebSocket: () => connection.xmpp.connection._stropheConn._proto.socket.close(),
  async leave() {
    await room.leave();
    await connection.disconnect();
  },
};
