import assert from "node:assert/strict";
import { test } from "node:test";
import { areTelephonesWanted, missingForTelephones } from "./telephones.ts";

test("telephones are on where a setting says where calls come from, or by their switch", () => {
  assert.equal(areTelephonesWanted({}), false);
  assert.equal(areTelephonesWanted({ JIGASI_SIP_URI: "school@sip.example" }), true);
  assert.equal(areTelephonesWanted({ JIGASI_SIP_URI: "school@sip.example", VECHE_SIP_GATEWAY: "off" }), false);
  assert.equal(areTelephonesWanted({ VECHE_SIP_ALLOW_UNKNOWN: "0" }), false);
  assert.equal(areTelephonesWanted({ VECHE_SIP_GATEWAY: "on" }), true);
  assert.throws(() => areTelephonesWanted({ VECHE_SIP_GATEWAY: "1" }), /expected on or off, found "1"/);
});

test("the SIP server that is missing is named by its package", () => {
  assert.deepEqual(missingForTelephones({ PATH: "" }), ["kamailio"]);
  assert.deepEqual(missingForTelephones({ PATH: "", KAMAILIO_PATH: process.execPath }), []);
});
