/** Jitsi's own web app in the place of ours: a folder of the shape its build has, and what it asks its server for. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { ask } from "../testing/client.ts";
import { startWeb, type WebUnderTest } from "../testing/web-under-test.ts";

/** As in the build's index.html: parts of the page, scripts in it, and addresses relative to the base. */
const index = `<html lang="en">
  <head>
    <!--#include virtual="head.html" -->
    <meta charset="utf-8">
    <!--#include virtual="base.html" -->
    <link rel="manifest" id="manifest-placeholder">
    <script>window.tenant = '<!--# echo var="subdomain" default="" -->';</script>
    <script><!--#include virtual="/config.js" --></script>
    <script><!--#include virtual="/interface_config.js" --></script>
    <script src="libs/lib-jitsi-meet.min.js?v=1"></script>
    <script src="libs/app.bundle.min.js?v=1"></script>
    <!--#include virtual="title.html" -->
    <!--#include virtual="plugin.head.html" -->
    <!--#include virtual="static/welcomePageAdditionalContent.html" -->
  </head>
  <body><!--#include virtual="body.html" --><div id="react"></div></body>
</html>`;

const files: Readonly<Record<string, string>> = {
  "index.html": index,
  "head.html": "<!-- head -->",
  "base.html": '<base href="/" />',
  "title.html": "<title>Jitsi Meet</title>",
  "plugin.head.html": "<!-- plugin -->",
  "static/welcomePageAdditionalContent.html": "<template></template>",
  "body.html": "<!-- body -->",
  "libs/lib-jitsi-meet.min.js": "lib",
  "libs/app.bundle.min.js": "app",
  "libs/external_api.min.js": "api",
  "libs/rnnoise-sync.wasm": "wasm",
  "libs/selfie_segmentation_landscape.tflite": "model",
  "css/all.css": "css",
  "static/close.html": '<!--#include virtual="/base.html" --><!--#include virtual="/title.html" --><p>closed</p>',
  "static/dialInInfo.html": '<script><!--#include virtual="/config.js" --></script>',
  "images/watermark.svg": "<svg/>",
  "fonts/jitsi.woff": "font",
  "lang/main-ru.json": "{}",
  "sounds/joined.mp3": "sound",
  "connection_optimization/connection_optimization.html": "<p>",
  ".well-known/apple-app-site-association": "{}",
  "manifest.json": "{}",
  "pwa-worker.js": "worker",
  "favicon.ico": "icon",
};

let folder: string;
let web: WebUnderTest;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "veche-foreign-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  web = await startWeb({ env: { VECHE_WEB_ROOT: folder } });
});

after(async () => {
  await web[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test("rooms, tenants' rooms and the start page are its page, put together", async () => {
  for (const path of ["/", "/Room", "/school/Room?jwt=a.b.c"]) {
    const { status, body, headers } = await ask(web.http, path);
    assert.equal(status, 200, path);
    assert.ok(!body.includes("<!--#"), path);
    assert.match(
      body,
      /<base href="\/" \/>[\s\S]*window\.tenant = '';[\s\S]*var config = \{[\s\S]*var interfaceConfig = \{/,
    );
    assert.match(body, /<title>Jitsi Meet<\/title>\s*<!-- plugin -->\s*<template><\/template>/);
    // What it loads and runs is not ours to forbid.
    assert.equal(headers["content-security-policy"], undefined);
    assert.equal(headers["x-frame-options"], undefined);
  }
  assert.match((await ask(web.http, "/school/Room")).body, /"muc\.school\.meet\.jitsi"/);
});

test("its files are where it looks for them, for tenants too, and other sites may load them", async () => {
  const paths = Object.keys(files).filter((path) => !/\.html$/.test(path));
  for (const path of paths)
    for (const at of [`/${path}`, `/school/${path}`]) {
      const { status, body, headers } = await ask(web.http, at);
      assert.equal(status, 200, at);
      assert.equal(body, files[path], at);
      assert.equal(headers["access-control-allow-origin"], "*", at);
    }
  assert.equal(
    (await ask(web.http, "/libs/app.bundle.min.js?v=1")).headers["cache-control"],
    "public, max-age=31536000, immutable",
  );
});

test("the embedding script has its long-lived address", async () => {
  for (const path of ["/external_api.js", "/school/external_api.js", "/libs/external_api.min.js"]) {
    const { body, headers } = await ask(web.http, path);
    assert.equal(body, "api", path);
    assert.match(String(headers["content-type"]), /javascript/);
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin");
    assert.equal(headers["cache-control"], "no-cache");
  }
});

test("its smaller pages are put together as well", async () => {
  const closed = await ask(web.http, "/static/close.html");
  assert.equal(closed.body, '<base href="/" /><title>Jitsi Meet</title><p>closed</p>');
  assert.match((await ask(web.http, "/static/dialInInfo.html")).body, /^<script>var config = \{/);
  assert.equal((await ask(web.http, "/static/missing.html")).status, 404);
});

test("configuration comes from this server for each tenant, never from the folder", async () => {
  assert.match((await ask(web.http, "/config.js?room=a")).body, /^var config = \{/);
  assert.match((await ask(web.http, "/school/config.js")).body, /"muc\.school\.meet\.jitsi"/);
  assert.match((await ask(web.http, "/school/interface_config.js")).body, /^var interfaceConfig = \{/);
});
