import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { dialElement, dialTarget, readCall, readConferenceCode, readDialInNumbers, readDialOut } from "./dial.ts";

test("a number is taken as people write it", () => {
  assert.equal(dialTarget(" +7 (495) 123-45-67 "), "+74951234567");
  assert.equal(dialTarget("112"), "112");
  assert.equal(dialTarget("tel:+7-495-123-45-67"), "+74951234567");
  // Copied from a letter or an address book: hyphens that do not break, marks that nobody sees.
  assert.equal(dialTarget("\u202a8‑800/555–35–35\u202c"), "88005553535");
  for (const text of [
    "",
    "+",
    "sip:",
    "sip:a@",
    "a@b",
    "sip:a@b;x=1",
    "sip:a@b?X=1",
    "jitsi_meet_transcribe",
    "1".repeat(30),
  ])
    assert.equal(dialTarget(text), undefined, text);
});

test("a SIP address is taken as it is", () => {
  for (const address of ["sip:room5@school.example", "sips:room5@school.example:5061", "sip:7495@127.0.0.1:5080"])
    assert.equal(dialTarget(` ${address} `), address);
});

test("a call is asked for with its room, and known by its address", () => {
  assert.deepEqual(dialElement("+7495", "r@muc.x"), {
    name: "dial",
    attrs: { xmlns: NS.rayo, from: "fromnumber", to: "+7495" },
    children: [xml("header", { xmlns: NS.rayo, name: "JvbRoomName", value: "r@muc.x" })],
  });
  const [, password] = dialElement("+7495", "r@muc.x", "s3cret").children;
  assert.deepEqual(password, xml("header", { xmlns: NS.rayo, name: "JvbRoomPassword", value: "s3cret" }));
  assert.equal(readCall(xml("iq", {}, xml("ref", { xmlns: NS.rayo, uri: "xmpp:call-1@gw.x" }))), "call-1@gw.x");
  assert.equal(readCall(xml("iq", {})), undefined);
});

test("the focus says whether telephones can be called, or nothing of it", () => {
  const says = (...properties: ReturnType<typeof xml>[]) =>
    xml("presence", {}, xml("conference-properties", { xmlns: NS.focus }, ...properties));
  const property = (value: string) => xml("property", { xmlns: NS.focus, key: "dial-out", value });
  assert.equal(readDialOut(says(property("true"))), true);
  assert.equal(readDialOut(says(property("false"))), false);
  assert.equal(readDialOut(says()), undefined);
  assert.equal(readDialOut(xml("presence", {})), undefined);
});

test("numbers by country and as a list are read alike", () => {
  assert.deepEqual(readDialInNumbers({ numbersEnabled: true, numbers: { RU: ["+7 495 1"], US: ["+1 2", 3] } }), [
    { number: "+7 495 1", country: "RU", isTollFree: false },
    { number: "+1 2", country: "US", isTollFree: false },
  ]);
  assert.deepEqual(readDialInNumbers([{ countryCode: "RU", formattedNumber: "+7 800 1", tollFree: true }, {}, 7]), [
    { number: "+7 800 1", country: "RU", isTollFree: true },
  ]);
  for (const nonsense of [{ numbersEnabled: false, numbers: { RU: ["1"] } }, null, "x", { numbers: 7 }])
    assert.deepEqual(readDialInNumbers(nonsense), []);
});

test("the room's code is a number, or there is none", () => {
  assert.equal(readConferenceCode({ conference: "r@muc.x", id: 12345 }), "12345");
  assert.equal(readConferenceCode({ conference: "r@muc.x", id: "007" }), "007");
  assert.equal(readConferenceCode({ conference: false, id: 1 }), undefined);
  assert.equal(readConferenceCode({ id: "<b>" }), undefined);
});
