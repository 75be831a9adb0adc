import assert from "node:assert/strict";
import { test } from "node:test";
import { bridgeContent, gatewayContent, recorderContent } from "./brewery-content.ts";

const jibri = 'xmlns="http://jitsi.org/protocol/jibri"';
const status = (busy: string, health: string) =>
  `<jibri-status ${jibri}><busy-status ${jibri} status="${busy}"/>` +
  `<health-status xmlns="http://jitsi.org/protocol/health" status="${health}"/></jibri-status>`;

test("a recorder is idle while it takes another composite, and busy when it is full or about to end", () => {
  const idle = { healthy: true, draining: false, compositeFull: false };
  assert.equal(recorderContent(idle), status("idle", "healthy"));
  assert.equal(recorderContent({ ...idle, compositeFull: true }), status("busy", "healthy"));
  assert.equal(recorderContent({ ...idle, draining: true }), status("busy", "healthy"));
  assert.equal(recorderContent({ ...idle, healthy: false }), status("idle", "unhealthy"));
});

const bridge = { bridge: "jvb-1", region: "eu", version: "0.1.0", healthy: true, draining: false, stress: 0.12345 };
const at = Date.UTC(2026, 10, 23, 9, 30, 1, 5);

test("a bridge is shown by the statistics of Jitsi's bridge", () => {
  const stats = [
    '<stat name="stress_level" value="0.12"/>',
    '<stat name="healthy" value="true"/>',
    '<stat name="drain" value="false"/>',
    '<stat name="graceful_shutdown" value="false"/>',
    '<stat name="shutting_down" value="false"/>',
    '<stat name="region" value="eu"/>',
    '<stat name="version" value="0.1.0"/>',
    '<stat name="release" value="0.1.0"/>',
    '<stat name="relay_id" value="jvb-1"/>',
    '<stat name="current_timestamp" value="2026-11-23 09:30:01.005"/>',
  ].join("");
  assert.equal(bridgeContent(bridge, at), `<stats xmlns="http://jitsi.org/protocol/colibri">${stats}</stats>`);
});

test("a bridge of no region says none, and what it says is written as text", () => {
  const content = bridgeContent({ ...bridge, region: "", version: '<"&>', draining: true, healthy: false }, at);
  assert.ok(!content.includes('"region"'));
  assert.ok(content.includes('<stat name="version" value="&lt;&quot;&amp;&gt;"/>'));
  assert.ok(content.includes('<stat name="drain" value="true"/>'));
  assert.ok(content.includes('<stat name="healthy" value="false"/>'));
});

const gateway = {
  region: "eu",
  version: "0.1.0",
  healthy: true,
  draining: false,
  stress: 0.12345,
  calls: 7,
  conferences: 3,
  largestConference: 4,
};

test("a gateway is shown by the statistics of Jigasi", () => {
  const stats = [
    '<stat name="conferences" value="3"/>',
    '<stat name="participants" value="7"/>',
    '<stat name="largest_conference" value="4"/>',
    '<stat name="stress_level" value="0.12"/>',
    '<stat name="shutdown_in_progress" value="false"/>',
    '<stat name="supports_sip" value="true"/>',
    '<stat name="supports_transcription" value="false"/>',
    '<stat name="region" value="eu"/>',
    '<stat name="version" value="0.1.0"/>',
  ].join("");
  assert.equal(gatewayContent(gateway), `<stats xmlns="http://jitsi.org/protocol/colibri">${stats}</stats>`);
});

test("a gateway that takes no new calls is shown as shutting down", () => {
  const ending = '<stat name="shutdown_in_progress" value="true"/>';
  assert.ok(gatewayContent({ ...gateway, draining: true }).includes(ending));
  assert.ok(gatewayContent({ ...gateway, healthy: false, region: "" }).includes(ending));
});
