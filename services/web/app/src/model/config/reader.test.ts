import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOverrides } from "../url.ts";
import { readPageRules } from "./page-rules.ts";
import { ConfigReader } from "./reader.ts";

const file = { prejoinConfig: { enabled: true, hideDisplayName: false }, toolbarButtons: ["chat"], resolution: 360 };
const reader = (hash = "") => new ConfigReader(file, hashOverrides(hash));
const rules = (hash = "") => readPageRules(reader(hash));

test("a link sets a key by its path, or several by an object, and leaves their neighbours", () => {
  assert.equal(reader("#config.prejoinConfig.enabled=false").flag("prejoinConfig.enabled"), false);
  const read = reader(`#config.prejoinConfig=${encodeURIComponent('{"enabled":false}')}`);
  assert.equal(read.flag("prejoinConfig.enabled"), false);
  assert.equal(read.value("prejoinConfig.hideDisplayName"), false);
});

test("what is not on the list is not set, however it is written", () => {
  const evil = encodeURIComponent('{"domain":"evil.example"}');
  for (const hash of [
    `#config.hosts=${evil}`,
    '#config.hosts.domain="evil.example"',
    '#config={"hosts":{"domain":"x"}}',
  ])
    assert.equal(reader(hash).value("hosts.domain"), undefined, hash);
  assert.equal(reader('#config.bridgeChannel={"url":"x","ignoreDomain":"y"}').value("bridgeChannel.url"), undefined);
  assert.equal(reader('#config.bridgeChannel={"ignoreDomain":"y"}').value("bridgeChannel.ignoreDomain"), "y");
  assert.equal(reader('#config.__proto__={"resolution":1}').value("toString"), undefined);
  assert.equal(reader('#interfaceConfig.APP_NAME="x"').value("APP_NAME", "interfaceConfig"), undefined);
});

test("a value of the wrong kind counts as none", () => {
  assert.equal(reader('#config.resolution="much"').number("resolution", 720), 720);
  assert.equal(reader("#config.resolution=[]").number("resolution", 720), 720);
  assert.equal(reader('#config.resolution="480"').number("resolution", 720), 480);
  assert.equal(reader("#config.startSilent=17").flag("startSilent", true), true);
  assert.equal(reader("#config.startSilent=true").flag("startSilent"), true);
  assert.equal(reader('#config.toolbarButtons="chat"').list("toolbarButtons"), undefined);
  assert.equal(reader("#config.subject=12").text("subject"), undefined);
  assert.equal(
    reader(`#config.toolbarButtons=${JSON.stringify(Array(500).fill("x"))}`).list("toolbarButtons")?.length,
    100,
  );
});

/** Each honoured key with a value other than the default, and what comes of it. */
const HONOURED: readonly (readonly [string, keyof ReturnType<typeof rules>, unknown])[] = [
  ["config.hideConferenceSubject=true", "hideSubject", true],
  ["config.hideConferenceTimer=true", "hideTimer", true],
  ['config.subject="Физика"', "subject", "Физика"],
  ['config.localSubject="Our"', "localSubject", "Our"],
  ['config.callDisplayName="Call"', "localSubject", "Call"],
  ["config.disableSelfView=true", "disableSelfView", true],
  ["config.disableSelfViewSettings=true", "disableSelfViewSettings", true],
  ["config.doNotFlipLocalVideo=true", "doNotFlipLocalVideo", true],
  ["config.disableInviteFunctions=true", "disableInvite", true],
  ["config.disableRemoteMute=true", "disableRemoteMute", true],
  ['config.remoteVideoMenu={"disableKick":true}', "disableKick", true],
  ['config.remoteVideoMenu={"disableGrantModerator":true}', "disableGrantModerator", true],
  ['config.remoteVideoMenu={"disablePrivateChat":"all"}', "disablePrivateChat", true],
  ["interfaceConfig.DISABLE_PRIVATE_MESSAGES=true", "disablePrivateChat", true],
  ['config.remoteVideoMenu={"disabled":true}', "disableRemoteMenu", true],
  ["config.disableTileView=true", "disableTileView", true],
  ['config.tileView={"disabled":true}', "disableTileView", true],
  ['config.filmstrip={"disabled":true}', "disableFilmstrip", true],
  ["config.disableShortcuts=true", "disableShortcuts", true],
  ["config.disableProfile=true", "disableProfile", true],
  ['interfaceConfig.SETTINGS_SECTIONS=["devices"]', "disableProfile", true],
  ["config.disableVirtualBackground=true", "disableVirtualBackground", true],
  ["config.disableModeratorIndicator=true", "disableModeratorIndicator", true],
  ['config.participantsPane={"enabled":false}', "disableParticipantsPane", true],
  ["config.participantsPane.hideMuteAllButton=true", "hideMuteAll", true],
  ["config.participantsPane.hideModeratorSettingsTab=true", "hideModeratorSettings", true],
  ["config.speakerStats.disabled=true", "disableSpeakerStats", true],
  ["config.e2ee.disabled=true", "disableE2ee", true],
  ["config.breakoutRooms.hideAddRoomButton=true", "hideAddRoom", true],
  ["config.breakoutRooms.hideAutoAssignButton=true", "hideAutoAssign", true],
  ["config.breakoutRooms.hideJoinRoomButton=true", "hideJoinRoom", true],
  ["config.securityUi.hideLobbyButton=true", "hideLobby", true],
  ["config.hideLobbyButton=true", "hideLobby", true],
  ["config.securityUi.disableLobbyPassword=true", "hideRoomPassword", true],
  ["config.hideEmailInSettings=true", "hideEmail", true],
  ["config.hideDisplayName=true", "hideNames", true],
  ["config.hideDominantSpeakerBadge=true", "hideDominantMark", true],
  ["interfaceConfig.DISABLE_DOMINANT_SPEAKER_INDICATOR=true", "hideDominantMark", true],
  ["config.connectionIndicators.disabled=true", "hideLineMarks", true],
  ['config.defaultRemoteDisplayName="Pupil"', "defaultRemoteName", "Pupil"],
  ["config.enableTalkWhileMuted=false", "tellTalkWhileMuted", false],
  ["config.enableNoAudioDetection=false", "tellSilence", false],
  ["config.enableNoisyMicDetection=false", "tellNoise", false],
  ['interfaceConfig.TOOLBAR_BUTTONS=["hangup"]', "toolbarButtons", new Set(["chat"])],
  ['config.toolbarButtons=["hangup",7]', "toolbarButtons", new Set(["hangup"])],
  ['config.hiddenPremeetingButtons=["invite"]', "hiddenPremeetingButtons", new Set(["invite"])],
  ['config.notifications=["notify.raisedHand"]', "notifications", new Set(["notify.raisedHand"])],
  ['config.disabledNotifications=["notify.raisedHand"]', "disabledNotifications", new Set(["notify.raisedHand"])],
  ['config.disabledSounds=["RAISE_HAND_SOUND"]', "disabledSounds", new Set(["RAISE_HAND_SOUND"])],
];

test("each honoured key has its effect, and bad values leave the default", () => {
  const defaults = rules();
  for (const [assignment, name, wanted] of HONOURED) {
    assert.deepEqual(rules(`#${assignment}`)[name], wanted, assignment);
    const [key = ""] = assignment.split("=");
    assert.deepEqual(rules(`#${key}={"x":[1]}`)[name], defaults[name], `${key} with nonsense`);
  }
});

test("clicks that are told of are names, or names that say whether the button still does its work", () => {
  const told = rules(
    '#config.buttonsWithNotifyClick=["chat",{"key":"camera","preventExecution":false},{"key":3},null]',
  );
  assert.deepEqual(
    [...told.toldToolbarClicks],
    [
      ["chat", true],
      ["camera", false],
    ],
  );
});

test("a button of one's own has an id and a text, and a picture only from here", () => {
  const buttons = [
    { id: "a", text: "A", icon: "data:image/svg+xml;base64,PHN2Zy8+" },
    { id: "b", text: "B", icon: "https://elsewhere.example/b.png" },
    { id: "c", text: "C", icon: "//elsewhere.example/c.png" },
    { id: "", text: "D" },
    "E",
  ];
  const { customToolbarButtons } = rules(`#config.customToolbarButtons=${encodeURIComponent(JSON.stringify(buttons))}`);
  assert.deepEqual(customToolbarButtons, [
    { id: "a", text: "A", icon: "data:image/svg+xml;base64,PHN2Zy8+" },
    { id: "b", text: "B", icon: undefined },
    { id: "c", text: "C", icon: undefined },
  ]);
});
