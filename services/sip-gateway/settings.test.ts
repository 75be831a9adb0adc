import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "@veche/kit/config.ts";
import { roomId } from "@veche/proto/ids.ts";
import fc from "fast-check";
import { schema } from "./config.ts";
import { readRoom } from "./edge/rooms.ts";
import { callsAtMost, dialInNumbers, roomingRules, sdpRules, soundOptions, trunksOf } from "./settings.ts";
import { readTrunks } from "./trunks.ts";

const config = (env: Record<string, string>) => readConfig(schema, env);

test("Jigasi's account is a trunk that registers and dials out", () => {
  const [trunk] = trunksOf(
    config({ JIGASI_SIP_URI: "u1@provider.example", JIGASI_SIP_PASSWORD: "s3cret", JIGASI_SIP_TRANSPORT: "TCP" }),
  );
  assert.deepEqual(trunk, {
    name: "sip",
    server: "provider.example",
    port: 5060,
    transport: "tcp",
    account: { user: "u1", domain: "provider.example", password: "s3cret" },
    registers: true,
    dialsOut: true,
    isTrusted: false,
    addresses: [],
  });
  assert.deepEqual(trunksOf(config({})), []);
});

test("of a conference's people the six loudest are heard at a time, or as many as the setting says", () => {
  assert.equal(soundOptions(config({})).maxSpeakers, 6);
  assert.equal(soundOptions(config({ VECHE_SIP_MAX_SPEAKERS: "12" })).maxSpeakers, 12);
  assert.deepEqual(soundOptions(config({})).bridgePorts, { min: 0, max: 0 });
  assert.deepEqual(soundOptions(config({ VECHE_GATEWAY_RELAY_PORTS: "20200-20249" })).bridgePorts, {
    min: 20200,
    max: 20249,
  });
  for (const wrong of ["20249-20200", "0-9", "20200-70000"])
    assert.throws(
      () => soundOptions(config({ VECHE_GATEWAY_RELAY_PORTS: wrong })),
      /VECHE_GATEWAY_RELAY_PORTS: expected/,
    );
  for (const none of ["0", "101", "all"])
    assert.throws(() => config({ VECHE_SIP_MAX_SPEAKERS: none }), /VECHE_SIP_MAX_SPEAKERS/);
});

test("further trunks come from a file", () => {
  const [pbx, provider] = readTrunks(
    JSON.stringify([
      { name: "pbx", server: "10.0.0.2", isTrusted: true, dialsOut: true, addresses: ["10.0.0.0/24"] },
      { name: "p2", server: "sip.example", transport: "tls", user: "u", password: "s3cret", domain: "example" },
    ]),
  );
  assert.deepEqual(
    [pbx?.registers, pbx?.account, pbx?.port, pbx?.addresses],
    [false, undefined, 5060, ["10.0.0.0/24"]],
  );
  assert.deepEqual([provider?.registers, provider?.port, provider?.account?.domain], [true, 5061, "example"]);
});

test("what is wrong in the file is said, without its passwords", () => {
  for (const [text, expected] of [
    ["{", /expected JSON/],
    ["{}", /expected a list/],
    ["[1]", /1: expected an object/],
    ['[{"name":"a b","server":"x"}]', /name/],
    ['[{"name":"a"}]', /a: server/],
    ['[{"name":"a","server":"x y"}]', /a: server/],
    ['[{"name":"a","server":"x","port":0}]', /a: port/],
    ['[{"name":"a","server":"x","transport":"ws"}]', /a: transport/],
    ['[{"name":"a","server":"x","trusted":true}]', /"trusted" is nothing/],
    ['[{"name":"a","server":"x","registers":true}]', /a: user/],
    ['[{"name":"a","server":"x","addresses":["evil"]}]', /a: addresses/],
    ['[{"name":"a","server":"x","password":5}]', /a: password/],
    ['[{"name":"a","server":"x","password":"s3cret"', /expected JSON/],
  ] as const)
    assert.throws(
      () => readTrunks(text),
      (error: Error) => expected.test(error.message) && !error.message.includes("s3cret"),
      text,
    );
});

test("settings that can't be meant are refused with what was expected", () => {
  assert.throws(() => roomingRules(config({ VECHE_SIP_ROOMS: "100" })), /number=room/);
  assert.throws(() => dialInNumbers(config({ VECHE_SIP_DIALIN_NUMBERS: "RU:call us" })), /VECHE_SIP_DIALIN_NUMBERS/);
  assert.throws(() => sdpRules(config({ VECHE_SIP_CODECS: "G729" })), /VECHE_SIP_CODECS/);
  const rules = roomingRules(config({ VECHE_SIP_ROOMS: "+7 495 000-00-01=5a, 100=hall" }));
  assert.deepEqual(
    [...rules.rooms],
    [
      ["74950000001", "5a"],
      ["100", "hall"],
    ],
  );
  assert.deepEqual(dialInNumbers(config({ VECHE_SIP_DIALIN_NUMBERS: "KZ:+7 727 123-45-67,88005553535" })), [
    { country: "KZ", number: "+7 727 123-45-67" },
    { country: "RU", number: "88005553535" },
  ]);
});

const domains = { domain: "meet.jitsi", mucDomain: "muc.meet.jitsi" };

test("a room is the same however it is named, and the same as for clients", () => {
  const wanted = {
    tenant: "main",
    room: roomId("5а класс"),
    name: "5%d0%b0%20%d0%ba%d0%bb%d0%b0%d1%81%d1%81",
    jid: "5%d0%b0%20%d0%ba%d0%bb%d0%b0%d1%81%d1%81@muc.meet.jitsi",
  };
  for (const text of ["5А класс", "5%D0%90%20класс", wanted.name, wanted.jid, "5А класс@MUC.meet.jitsi"])
    assert.deepEqual(readRoom(text, "", domains), wanted, text);
  const ofTenant = readRoom("5a", "School", domains);
  assert.deepEqual(ofTenant, {
    tenant: "school",
    room: roomId("5a", "school"),
    name: "5a",
    jid: "5a@muc.school.meet.jitsi",
  });
  assert.deepEqual(readRoom("5a@muc.school.meet.jitsi", "other", domains), ofTenant);
});

test("addresses of elsewhere, and what is no address, are no rooms", () => {
  for (const text of [
    "",
    "@muc.meet.jitsi",
    "a@elsewhere.example",
    "a@meet.jitsi",
    "a@muc.x.y.meet.jitsi",
    "a\u0000b",
    "a/b",
    "<a>",
    "a%27b",
    "a%2fb",
    "a\ud800",
    "x".repeat(2_000),
  ])
    assert.equal(readRoom(text, "", domains), undefined, text.slice(0, 40));
  assert.equal(readRoom("5a", "not/a tenant", domains), undefined);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ maxLength: 20 }), (text, tenant) => {
      const room = readRoom(text, tenant, domains);
      if (room === undefined) return;
      assert.match(room.jid, /^[^\s@/"&'<>]+@[^\s@/]+$/);
      assert.deepEqual(readRoom(room.jid, "", domains), room);
    }),
  );
});

test("there are as many calls as pairs of ports", () => {
  const most = (min: string, max: string) => callsAtMost(config({ JIGASI_PORT_MIN: min, JIGASI_PORT_MAX: max }));
  assert.deepEqual([most("20000", "20050"), most("20001", "20050"), most("20000", "20499")], [25, 24, 100]);
  assert.deepEqual([most("20000", "20000"), most("0", "0")], [0, 100]);
});
