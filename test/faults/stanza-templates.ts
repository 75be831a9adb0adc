/**
 * Every kind of stanza that Jitsi's clients send, right as it is. In braces: `{room}`, `{me}` and `{nick}` of the sender,
 * `{id}`, `{lobby}`, `{other}` (an occupant's nickname), `{otherJid}` (their real address), `{sid}` (of the sender's Jingle session),
 * `{theirSid}` (of somebody else's), `{ssrc}` (the beginning of the sender's SSRCs).
 */

const jitmeet = 'xmlns="http://jitsi.org/jitmeet"';
const rtp = 'xmlns="urn:xmpp:jingle:apps:rtp:1"';
const ssma = 'xmlns="urn:xmpp:jingle:apps:rtp:ssma:0"';
const muc = "http://jabber.org/protocol/muc";
const fingerprint = Array.from({ length: 32 }, () => "AB").join(":");
const domain = "meet.jitsi";

const iq = (to: string, payload: string, type = "set"): string =>
  `<iq type="${type}" id="{id}" to="${to}">${payload}</iq>`;
const presence = (to: string, inside = "", attributes = ""): string =>
  `<presence to="${to}" ${attributes}>${inside}</presence>`;
const message = (to: string, inside: string, type = ""): string =>
  `<message to="${to}" id="m1"${type === "" ? "" : ` type="${type}"`}>${inside}</message>`;
const tell = (component: string, inside: string): string => message(`${component}.${domain}`, inside);
const json = (value: object): string => JSON.stringify(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const jsonMessage = (value: object): string => `<json-message ${jitmeet}>${json(value)}</json-message>`;

const source = (ssrc: string, name: string): string =>
  `<source ${ssma} ssrc="${ssrc}" name="{nick}-${name}" videoType="camera"><parameter name="msid" value="{nick}-${name}-1 t-1"/></source>`;
const transport = `<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="abcd" pwd="abcdefghijklmnopqrstuvwx"><fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="active">${fingerprint}</fingerprint><candidate component="1" foundation="1" generation="0" id="c1" ip="192.0.2.7" network="0" port="50000" priority="2122260223" protocol="udp" type="host"/></transport>`;
const audio = `<content creator="responder" name="audio" senders="both"><description ${rtp} media="audio"><payload-type id="111" name="opus" clockrate="48000" channels="2"><parameter name="useinbandfec" value="1"/><rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="transport-cc"/></payload-type><rtp-hdrext xmlns="urn:xmpp:jingle:apps:rtp:rtp-hdrext:0" id="1" uri="urn:ietf:params:rtp-hdrext:ssrc-audio-level"/>${source("{ssrc}30", "a0")}</description>${transport}</content>`;
const video = `<content creator="responder" name="video" senders="both"><description ${rtp} media="video"><payload-type id="100" name="VP8" clockrate="90000"><rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="nack" subtype="pli"/></payload-type>${source("{ssrc}10", "v0")}${source("{ssrc}20", "v0")}<ssrc-group ${ssma} semantics="FID"><source ssrc="{ssrc}10"/><source ssrc="{ssrc}20"/></ssrc-group></description>${transport}</content>`;

const jingle = (action: string, inside: string, sid = "{sid}"): string =>
  `<jingle xmlns="urn:xmpp:jingle:1" action="${action}" sid="${sid}" initiator="{room}/focus" responder="{me}">${inside}</jingle>`;
const sourceChange = `<content creator="initiator" name="video"><description ${rtp} media="video">${source("{ssrc}13", "v1")}</description></content>`;
const bridgeSession = (attributes: string): string =>
  `<bridge-session xmlns="http://jitsi.org/protocol/focus" id="x" ${attributes}/>`;
const sessionAccept = jingle("session-accept", audio + video);
const jingleActions: readonly string[] = [
  sessionAccept,
  jingle("session-accept", audio + video, "{theirSid}"),
  jingle("source-add", sourceChange),
  jingle("source-remove", sourceChange),
  jingle("transport-info", `<content creator="initiator" name="audio">${transport}</content>`),
  jingle("transport-accept", audio),
  jingle("transport-replace", audio),
  jingle("content-modify", '<content creator="initiator" name="video" senders="none"/>'),
  jingle("content-add", video),
  jingle("session-initiate", audio + video),
  jingle("session-info", bridgeSession('ice-restart="true"')),
  jingle("session-info", '<ice-state xmlns="http://jitsi.org/protocol/focus">failed</ice-state>'),
  jingle("session-terminate", `<reason><connectivity-error/></reason>${bridgeSession('restart="true"')}`),
  jingle("session-terminate", "<reason><success/></reason>", "{theirSid}"),
];

export const sessionAcceptStanza = iq("{room}/focus", sessionAccept);

/** In the order of how much of the server they reach; the first half is drawn more often. */
export const jingleStanzas: readonly string[] = [
  ...jingleActions.map((payload) => iq("{room}/focus", payload)),
  ...jingleActions.slice(0, 2).map((payload) => iq("{room}/{other}", payload)),
  iq("{room}/focus", '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get"),
  iq("{room}/focus", `<mute xmlns="http://jitsi.org/jitmeet/audio" jid="{room}/{other}">true</mute>`),
  iq("{room}/focus", `<mute xmlns="http://jitsi.org/jitmeet/desktop" jid="{room}/{nick}">true</mute>`),
];

const sourceInfo = json({ "{nick}-a0": { muted: true }, "{nick}-v0": { muted: false, videoType: "desktop" } });

export const presences: readonly string[] = [
  presence(
    "{room}/{nick}",
    `<x xmlns="${muc}"/><nick xmlns="http://jabber.org/protocol/nick">Someone</nick><SourceInfo>${sourceInfo}</SourceInfo><stats-id>Ann</stats-id><email>a@b.example</email><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://jitsi.org/jitsi-meet" ver="q07IKJEyjvHSyhy//CH0CxmKi8w="/><jitsi_participant_raisedHand>1700000000000</jitsi_participant_raisedHand><jitsi_participant_region>eu</jitsi_participant_region><features><feature var="https://jitsi.org/meet/e2ee"/></features>`,
  ),
  presence("{room}/{nick}", `<x xmlns="${muc}#user"><item affiliation="owner" role="moderator"/></x>`),
  presence("{room}/focus", `<x xmlns="${muc}"/>`),
  presence("{room}/{other}", `<x xmlns="${muc}"/>`),
  presence("lobby.meet.jitsi/{nick}", `<x xmlns="${muc}"/>`),
  presence("{lobby}/{nick}", `<x xmlns="${muc}"/><nick xmlns="http://jabber.org/protocol/nick">Someone</nick>`),
  presence(`${domain}`),
  presence("stranger@elsewhere.example/x", "", 'type="subscribe"'),
  presence("{room}/{nick}", `<identity><user><id>1</id></user></identity><startmuted ${jitmeet} audio="true"/>`),
];

export const messages: readonly string[] = [
  message("{room}", "<body>hello &amp; goodbye</body>", "groupchat"),
  message("{room}", "<body>aside</body>", "chat"),
  message("{room}/{other}", "<body>psst</body>", "chat"),
  message("{room}/focus", "<body>psst</body>", "chat"),
  message("{room}", "<subject>a lesson</subject>", "groupchat"),
  message("{room}", jsonMessage({ type: "transcription-result", text: "x", event: { nested: [1, 2] } }), "groupchat"),
  message("{room}/{other}", jsonMessage({ type: "e2e-ping-request", id: 1 }), "chat"),
  message("{room}", `<reactions xmlns="urn:xmpp:reactions:0" id="m1"><reaction>👍</reaction></reactions>`, "groupchat"),
  message("{room}", '<retract xmlns="urn:xmpp:message-retract:1" id="m1"/><body>gone</body>', "groupchat"),
  message("{room}", '<body>yes</body><reply to="m1" xmlns="urn:xmpp:reply:0"/>', "groupchat"),
  message("{room}", `<x xmlns="${muc}#user"><invite to="{otherJid}"><reason>come</reason></invite></x>`),
  message("{lobby}", "<body>let me in</body>", "groupchat"),
  message("{otherJid}", "<body>psst</body>", "chat"),
  message(`focus.${domain}`, "<body>psst</body>"),
  tell(
    "polls",
    jsonMessage({
      type: "polls",
      command: "new-poll",
      pollId: "p1",
      question: "Tea?",
      answers: [{ name: "yes" }, { name: "no" }],
    }),
  ),
  tell("polls", jsonMessage({ type: "polls", command: "answer-poll", pollId: "p1", answers: [true, false] })),
  tell("avmoderation", '<av_moderation enable="true" mediaType="audio"/>'),
  tell("avmoderation", '<av_moderation jidToWhitelist="{room}/{other}" mediaType="video"/>'),
  tell(
    "metadata",
    `<room_metadata room="{room}" ${jitmeet}>${json({ key: "recording", data: { on: true } })}</room_metadata>`,
  ),
  tell(
    "metadata",
    `<room_metadata room="{room}" ${jitmeet}>${json({ key: "startMuted", data: { audio: true } })}</room_metadata>`,
  ),
  tell("speakerstats", `<speakerstats ${jitmeet} room="{room}" silence="true"/>`),
  tell(
    "speakerstats",
    `<faceLandmarks ${jitmeet} room="{room}" duration="2.5" faceExpression="happy" timestamp="1700000000000"/>`,
  ),
  tell("breakout", '<breakout_rooms type="features/breakout-rooms/add" subject="Group 1"/>'),
  tell("breakout", '<breakout_rooms type="features/breakout-rooms/remove" breakoutRoomJid="x@breakout.meet.jitsi"/>'),
  tell(
    "breakout",
    '<breakout_rooms type="features/breakout-rooms/rename" breakoutRoomJid="x@breakout.meet.jitsi" subject="y"/>',
  ),
  tell(
    "breakout",
    '<breakout_rooms type="features/breakout-rooms/move-to-room" participantJid="{otherJid}" roomJid="{room}"/>',
  ),
  tell("endconference", "<end_conference_of_others/>"),
];

/** Ends the meeting where a moderator says it: only for who may not. */
export const endConference = tell("endconference", "<end_conference/>");

const form = (fields: string): string =>
  `<query xmlns="${muc}#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${muc}#roomconfig</value></field>${fields}</x></query>`;
const field = (name: string, value: string): string =>
  `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`;
const admin = (item: string): string => `<query xmlns="${muc}#admin"><item ${item}/></query>`;

export const iqs: readonly string[] = [
  iq(domain, '<ping xmlns="urn:xmpp:ping"/>', "get"),
  iq(domain, '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get"),
  iq(domain, '<services xmlns="urn:xmpp:extdisco:2"/>', "get"),
  iq(domain, '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>'),
  iq("{room}", '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get"),
  iq("{room}", '<query xmlns="http://jabber.org/protocol/disco#items"/>', "get"),
  iq("{room}", `<query xmlns="${muc}#owner"/>`, "get"),
  iq("{room}", form(field("roomsecret", "s") + field("passwordprotectedroom", "1"))),
  iq("{room}", form(field("membersonly", "1") + field("whois", "anyone"))),
  iq("{room}", `<query xmlns="${muc}#owner"><destroy jid="{room}"><reason>over</reason></destroy></query>`),
  iq("{room}", admin('affiliation="owner" jid="{me}"')),
  iq("{room}", admin('role="none" nick="{other}"')),
  iq("{room}", admin('affiliation="outcast" jid="{otherJid}"')),
  iq("{room}", `<query xmlns="${muc}#admin"><item affiliation="owner"/></query>`, "get"),
  iq("{room}/{other}", '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get"),
  iq("{room}/{other}", '<query xmlns="jabber:iq:version"/>', "get"),
  iq(
    `focus.${domain}`,
    `<conference xmlns="http://jitsi.org/protocol/focus" room="{room}" machine-uid="m"><property name="startAudioMuted" value="9"/></conference>`,
  ),
  iq(
    `focus.${domain}`,
    `<conference xmlns="http://jitsi.org/protocol/focus" room="{room}" machine-uid="m" session-id="0123456789abcdef"/>`,
  ),
  iq(`focus.${domain}`, '<logout xmlns="http://jitsi.org/protocol/focus" session-id="0123456789abcdef"/>'),
  iq(`focus.${domain}`, '<login-url xmlns="http://jitsi.org/protocol/focus" room="{room}" machine-uid="m"/>', "get"),
  iq(`muc.${domain}`, '<query xmlns="http://jabber.org/protocol/disco#items"/>', "get"),
  iq(`lobby.${domain}`, '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get"),
  iq("{lobby}", `<query xmlns="${muc}#admin"><item role="participant" nick="{other}"/></query>`),
  iq(`breakout.${domain}`, '<query xmlns="http://jabber.org/protocol/disco#items"/>', "get"),
  iq("stranger@elsewhere.example/x", '<ping xmlns="urn:xmpp:ping"/>', "get"),
  iq("{otherJid}", '<ping xmlns="urn:xmpp:ping"/>', "get"),
  iq("", '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'),
  '<iq type="result" id="{id}" to="{room}/{other}"/>',
  '<iq type="error" id="{id}" to="{room}/focus"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>',
];
