import assert from "node:assert/strict";
import { test } from "node:test";
import { maxTargetLength, resolveTarget } from "./route.ts";

const page = { type: "page", tenant: undefined };

test("rooms are one or two segments of any text", () => {
  const rooms = [
    "/",
    "/?jwt=x",
    "/room",
    "/room/",
    "/5%D0%90%20%D0%BA%D0%BB%D0%B0%D1%81%D1%81",
    "/%D0%A3%D1%80%D0%BE%D0%BA%201.2",
    "/john.smith",
    "/assets",
    "/metrics-talk",
    "/room?a=/../b",
  ];
  for (const target of rooms) assert.deepEqual(resolveTarget(target), page, target);
});

test("the segment before a room is its tenant, folded as the server folds it", () => {
  assert.deepEqual(resolveTarget("/School/room"), { type: "page", tenant: "school" });
  assert.deepEqual(resolveTarget("/%D0%A8%D0%9A%D0%9E%D0%9B%D0%90_5/%D0%A3%D1%80%D0%BE%D0%BA"), {
    type: "page",
    tenant: "школа_5",
  });
  for (const target of ["/a%20b/room", "/school.example/room", "/-a/room", `/${"a".repeat(64)}/room`]) {
    assert.equal(resolveTarget(target).type, "refused", target);
  }
});

test("the scripts of the configuration are found with and without a tenant", () => {
  assert.deepEqual(resolveTarget("/.well-known/veche"), { type: "who" });
  assert.deepEqual(resolveTarget("/config.js?room=x"), { type: "config", tenant: undefined });
  assert.deepEqual(resolveTarget("/school/config.js"), { type: "config", tenant: "school" });
  assert.deepEqual(resolveTarget("/school/interface_config.js"), { type: "interface-config" });
});

test("a tenant becomes the prefix, and a client's own prefix is left out", () => {
  const target = (address: string) => {
    const route = resolveTarget(address);
    return "target" in route ? route.target : route;
  };
  assert.equal(target("/http-bind?room=a"), "/http-bind?room=a");
  assert.equal(target("/http-bind?prefix=other&room=a"), "/http-bind?room=a");
  assert.equal(target("/http-bind?pre%66ix=other"), "/http-bind");
  assert.equal(target("/http-bind?PREFIX=other&%70refix"), "/http-bind");
  assert.equal(target("/school/xmpp-websocket?room=a&prefix=other"), "/xmpp-websocket?prefix=school&room=a");
  assert.equal(target("/%D0%9A%D0%BB%D0%B0%D1%81%D1%81/http-bind"), "/http-bind?prefix=%D0%BA%D0%BB%D0%B0%D1%81%D1%81");
  assert.equal(target("/conference-request/v1"), "/conference-request/v1");
});

test("room, token and the key of a broken stream pass as they were written", () => {
  const query = "room=5%D0%B0&token=eyJh.eyJy.c2ln&previd=tok_1";
  for (const path of ["/http-bind", "/xmpp-websocket"]) {
    const route = resolveTarget(`/school${path}?${query}`);
    assert.equal("target" in route && route.target, `${path}?prefix=school&${query}`);
  }
});

test("a bridge's channel names its bridge, and keeps its path", () => {
  assert.deepEqual(resolveTarget("/colibri-ws/b1/conf/ab12?pwd=x"), {
    type: "bridge-channel",
    bridge: "b1",
    target: "/colibri-ws/b1/conf/ab12?pwd=x",
  });
  assert.equal(resolveTarget("/colibri-ws/b1/%2e%2e/admin").type, "refused");
  assert.equal(resolveTarget("/colibri-ws/b1").type, "page");
});

test("files are what lies in a web app's folders or has a file's name", () => {
  assert.deepEqual(resolveTarget("/assets/index-1a2b.js"), { type: "file", path: "assets/index-1a2b.js" });
  assert.deepEqual(resolveTarget("/school/libs/app.bundle.min.js?v=1"), {
    type: "file",
    path: "libs/app.bundle.min.js",
  });
  assert.deepEqual(resolveTarget("/external_api.js"), { type: "file", path: "external_api.js" });
  assert.deepEqual(resolveTarget("/favicon.svg"), { type: "file", path: "favicon.svg" });
  assert.deepEqual(resolveTarget("/school/manifest.json"), { type: "file", path: "manifest.json" });
  assert.deepEqual(resolveTarget("/.well-known/assetlinks.json"), {
    type: "well-known",
    path: ".well-known/assetlinks.json",
  });
});

test("nothing climbs out, and odd encodings are refused", () => {
  const bad = [
    "",
    "room",
    "*",
    "http://elsewhere/room",
    "/..",
    "/../etc/passwd",
    "/assets/../../etc/passwd",
    "/assets/%2e%2e/secret.js",
    "/assets/%2E./secret.js",
    "/assets/..%2fsecret.js",
    "/assets/..%5csecret.js",
    "/assets\\..\\secret.js",
    "/a%00b",
    "/a%0d%0ab",
    "/a%7f",
    "/%zz",
    "/%",
    "/%c0%af",
    "/%ed%a0%80",
    "/room#part",
    "/.",
  ];
  for (const target of bad) {
    const route = resolveTarget(target);
    assert.equal(route.type === "refused" && route.status, 400, JSON.stringify(target));
  }
});

test("double encoding stays text: it is decoded once", () => {
  assert.deepEqual(resolveTarget("/assets/%252e%252e/secret.js"), { type: "file", path: "assets/%2e%2e/secret.js" });
});

test("what exists nowhere is not found", () => {
  const unknown = ["/a/b/c", "/a//b", "//evil.example/a", "/about/health", "/about/version", "/metrics", "/a/b/c/d.js"];
  for (const target of unknown) {
    const route = resolveTarget(target);
    assert.equal(route.type === "refused" && route.status, 404, target);
  }
  assert.equal(resolveTarget(`/${"a/".repeat(40)}`).type, "refused");
});

test("an address longer than the limit is refused before it is read", () => {
  assert.deepEqual(resolveTarget(`/${"a".repeat(maxTargetLength - 1)}`), page);
  const route = resolveTarget(`/${"a".repeat(maxTargetLength)}`);
  assert.equal(route.type === "refused" && route.status, 414);
});
