import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { type ConfigSettings, configScript, interfaceConfigScript } from "./jitsi-config.ts";
import type { PageSettings } from "./page-config.ts";
import type { RecordingSettings } from "./recording-config.ts";

const page: PageSettings = {
  toolbarButtons: [],
  hiddenPremeetingButtons: [],
  disabledNotifications: [],
  hasClosePage: true,
  requiresName: false,
  tellsSilence: true,
  tellsNoise: true,
  tellsTalkWhileMuted: true,
  hasAddRoomButton: true,
  hasSimulcast: true,
  startsWithAudioMuted: false,
  startsWithVideoMuted: false,
  startsAudioOnly: false,
  startsSilent: false,
  hidesNameBeforeJoining: false,
  screenFrameRate: { min: 5, max: 15 },
  hasPolls: true,
  hasReactions: true,
  hasProfile: true,
  hasRemoteMenu: true,
  hasPrivateChat: true,
  hasKick: true,
  hasGrantModerator: true,
};

const recording: RecordingSettings = {
  hasFiles: true,
  hasSharing: false,
  hasStreams: true,
  dataPrivacyLink: "",
  helpLink: "",
  termsLink: "",
  keyPattern: "",
};

const settings: ConfigSettings = {
  domain: "meet.jitsi",
  mucDomain: "muc.meet.jitsi",
  authDomain: "auth.meet.jitsi",
  guestDomain: "guest.meet.jitsi",
  hiddenDomain: "hidden.meet.jitsi",
  resolution: 720,
  videoCodec: "VP8",
  hasOpusRed: false,
  channelLastN: -1,
  isP2pEnabled: false,
  p2pStunServers: [],
  notice: "",
  startAudioMuted: 10,
  startVideoMuted: 10,
  hasPrejoinPage: true,
  page,
  recording,
  telephony: { numbersUrl: "", codeUrl: "" },
  hasWelcomePage: true,
  hasXmppWebSocket: true,
  isConferenceRequestOverHttp: false,
  defaultLanguage: "",
};

const secure = { isSecure: true, host: { name: "meet.school.example", port: undefined } };

/** As the phone apps do: nothing but the language itself is there. */
function evaluate(script: string, name = "config") {
  return JSON.parse(runInNewContext(`${script}JSON.stringify(${name})`, {}, { timeout: 1000 }));
}

test("the script runs without window and document, and says where everything is", () => {
  const config = evaluate(configScript(settings, secure));
  assert.equal(config.hosts.domain, "meet.jitsi");
  assert.equal(config.hosts.muc, "muc.meet.jitsi");
  assert.equal(config.hosts.focus, "focus.meet.jitsi");
  assert.equal(config.bosh, "https://meet.school.example/http-bind");
  assert.equal(config.websocket, "wss://meet.school.example/xmpp-websocket");
  assert.equal(config.focusUserJid, "focus@auth.meet.jitsi");
  assert.ok(!("conferenceRequestUrl" in config));
});

test("buttons and menus are as the operator has them, and no list of buttons means all", () => {
  assert.ok(!("toolbarButtons" in evaluate(configScript(settings, secure))));
  const narrow = { ...page, toolbarButtons: ["chat", "hangup"], hasKick: false, startsSilent: true, hasPolls: false };
  const config = evaluate(configScript({ ...settings, page: narrow, hasPrejoinPage: false }, secure));
  assert.deepEqual(config.toolbarButtons, ["chat", "hangup"]);
  assert.deepEqual(config.prejoinConfig, { enabled: false, hideDisplayName: false });
  assert.equal(config.remoteVideoMenu.disableKick, true);
  assert.equal(config.startSilent, true);
  assert.equal(config.disablePolls, true);
});

test("recordings and streams are offered as the operator has it, and older apps understand it too", () => {
  const config = evaluate(configScript(settings, secure));
  assert.deepEqual(config.recordingService, { enabled: true, sharingEnabled: false });
  assert.deepEqual(config.liveStreaming, { enabled: true });
  assert.deepEqual([config.fileRecordingsEnabled, config.liveStreamingEnabled], [true, true]);
  const termsLink = "https://tube.example/terms";
  const narrow = { ...recording, hasFiles: false, hasSharing: true, keyPattern: "^k", termsLink };
  const other = evaluate(configScript({ ...settings, recording: narrow }, secure));
  assert.deepEqual(other.recordingService, { enabled: false, sharingEnabled: false });
  assert.deepEqual(other.liveStreaming, { enabled: true, termsLink, validatorRegExpString: "^k" });
});

test("guests have a domain of their own and people sign in to the main one, whatever the secure domain is set to", () => {
  const config = evaluate(configScript(settings, secure));
  assert.equal(config.hosts.anonymousdomain, "guest.meet.jitsi");
  assert.equal(config.hosts.authdomain, "meet.jitsi");
  assert.equal(config.hiddenDomain, "hidden.meet.jitsi");
});

for (const [videoCodec, layers] of [
  ["VP8", {}],
  ["H264", {}],
  ["VP9", { vp9: { scalabilityModeEnabled: true, useSimulcast: false, useKSVC: true } }],
  ["AV1", { av1: { scalabilityModeEnabled: true, useSimulcast: false, useKSVC: true } }],
] as const)
  test(`clients hear of ${videoCodec} alone where conferences have it, and send it in the streams that the bridge takes`, () => {
    const config = evaluate(configScript({ ...settings, videoCodec, hasOpusRed: true }, secure));
    assert.deepEqual(config.videoQuality, {
      codecPreferenceOrder: [videoCodec],
      mobileCodecPreferenceOrder: [videoCodec],
      ...layers,
    });
    assert.deepEqual(config.p2p.codecPreferenceOrder, [videoCodec]);
    assert.equal(config.enableOpusRed, true);
  });

test("what would break a call of a Jitsi client is switched off in so many words", () => {
  const config = evaluate(configScript(settings, secure));
  assert.equal(config.flags.ssrcRewritingEnabled, false);
  assert.equal(config.bridgeChannel.preferSctp, false);
  assert.equal(config.p2p.enabled, false);
  assert.deepEqual(config.p2p.stunServers, []);
  for (const group of [config.videoQuality, config.p2p]) {
    assert.deepEqual(group.codecPreferenceOrder, ["VP8"]);
    assert.deepEqual(group.mobileCodecPreferenceOrder, ["VP8"]);
  }
  assert.ok(!("screenshareCodec" in config.videoQuality));
  assert.equal(config.disableThirdPartyRequests, true);
  assert.equal(config.analytics.disabled, true);
});

test("on plain http the addresses are plain too, with the port that was asked", () => {
  const config = evaluate(configScript(settings, { isSecure: false, host: { name: "localhost", port: 8000 } }));
  assert.equal(config.bosh, "http://localhost:8000/http-bind");
  assert.equal(config.websocket, "ws://localhost:8000/xmpp-websocket");
});

test("a tenant has its own addresses and its own domain of rooms", () => {
  const config = evaluate(configScript(settings, secure, "школа-5"));
  assert.equal(config.bosh, "https://meet.school.example/%D1%88%D0%BA%D0%BE%D0%BB%D0%B0-5/http-bind");
  assert.equal(config.hosts.muc, "muc.школа-5.meet.jitsi");
});

test("settings reach the script", () => {
  const config = evaluate(
    configScript(
      {
        ...settings,
        hasXmppWebSocket: false,
        isConferenceRequestOverHttp: true,
        hasPrejoinPage: false,
        defaultLanguage: "ru",
        notice: "Updated at <five>",
        resolution: 360,
        isP2pEnabled: true,
        p2pStunServers: ["stun:turn.school.example:3478", "stun.school.example:3478"],
      },
      secure,
    ),
  );
  assert.ok(!("websocket" in config));
  assert.equal(config.conferenceRequestUrl, "https://meet.school.example/conference-request/v1");
  assert.equal(config.prejoinConfig.enabled, false);
  assert.equal(config.defaultLanguage, "ru");
  assert.equal(config.noticeMessage, "Updated at <five>");
  assert.ok(!("noticeMessage" in evaluate(configScript(settings, secure))));
  assert.equal(config.resolution, 360);
  assert.equal(config.p2p.enabled, true);
  assert.deepEqual(config.p2p.stunServers, [
    { urls: "stun:turn.school.example:3478" },
    { urls: "stun:stun.school.example:3478" },
  ]);
});

test("a tenant's name can't leave the script or the page around it", () => {
  const script = configScript(settings, secure, '</script><script>alert("1")\u2028');
  assert.ok(!script.includes("<"));
  assert.ok(!script.includes("\u2028"));
  assert.ok(evaluate(script).bosh.startsWith("https://meet.school.example/"));
});

test("the interface configuration is a script of its own", () => {
  assert.equal(evaluate(interfaceConfigScript(), "interfaceConfig").APP_NAME, "Veche");
});

test("how to dial in is said while there is a gateway, below the tenant, or where the operator says", () => {
  const of = (more: object, tenant?: string) => evaluate(configScript({ ...settings, ...more }, secure, tenant));
  assert.equal("dialInNumbersUrl" in of({}), false);
  const own = of({ hasGateway: true }, "school");
  assert.match(own.dialInNumbersUrl, /^https:\/\/[^/]+\/school\/dial-in\/numbers$/);
  assert.match(own.dialInConfCodeUrl, /^https:\/\/[^/]+\/school\/dial-in\/code$/);
  const elsewhere = of({ hasGateway: true, telephony: { numbersUrl: "https://n.example/", codeUrl: "" } });
  assert.equal(elsewhere.dialInNumbersUrl, "https://n.example/");
  assert.match(elsewhere.dialInConfCodeUrl, /\/dial-in\/code$/);
});
